#include "timing/server_host.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <limits>

#include "timing/arrivals.h"

// The host is played on a virtual clock: time goes from event to event, so that queues, batches and
// stalls come out the same on every machine.

namespace assay::timing {
namespace {

constexpr int64_t kMs = 1'000'000;

/// What serving a batch takes, from the arrivals it holds.
using ServiceTime = std::function<int64_t(const std::vector<int64_t>& batch)>;

/// Each instance is free from a time on.
ServerResult play(ServerHost& host, int64_t instances, const ServiceTime& service_ns) {
  constexpr int64_t kNever = std::numeric_limits<int64_t>::max();
  struct Busy {
    int64_t until = 0;
    std::vector<int64_t> batch;
  };
  std::vector<Busy> all(instances);
  size_t next = 0;
  for (int64_t now = 0; !host.done();) {
    for (; next < host.arrivals().size() && host.arrivals()[next].at_ns <= now; ++next)
      host.arrive(static_cast<int64_t>(next), now);
    for (Busy& busy : all) {
      if (!busy.batch.empty() && busy.until <= now) {
        host.answer(busy.batch, now, ServerHost::Answer::full);
        busy.batch.clear();
      }
      if (!busy.batch.empty()) continue;
      busy.batch = host.take(now);
      if (!busy.batch.empty()) busy.until = now + service_ns(busy.batch);
    }
    int64_t soonest = next < host.arrivals().size() ? host.arrivals()[next].at_ns : kNever;
    bool free = false;
    for (const Busy& busy : all) {
      free |= busy.batch.empty();
      if (!busy.batch.empty()) soonest = std::min(soonest, busy.until);
    }
    if (free && host.ready_at()) soonest = std::min(soonest, std::max(now + 1, *host.ready_at()));
    now = soonest;
  }
  return host.result();
}

std::vector<Arrival> every(int64_t gap_ns, int64_t count) {
  std::vector<Arrival> arrivals;
  for (int64_t i = 0; i < count; ++i) arrivals.push_back({i * gap_ns, i});
  return arrivals;
}

std::vector<Arrival> poisson(double rate, double seconds) {
  std::vector<Arrival> arrivals;
  for (const int64_t at : poisson_arrivals(rate, seconds, 5))
    arrivals.push_back({at, std::ssize(arrivals)});
  return arrivals;
}

ServiceTime always(int64_t ns) {
  return [ns](const std::vector<int64_t>&) { return ns; };
}

TEST(ServerHost, AnIdleServerAnswersInItsServiceTime) {
  ServerHost host(every(10 * kMs, 100), 1, {});
  const ServerResult result = play(host, 1, always(2 * kMs));
  EXPECT_EQ(result.ms, std::vector<float>(100, 2.0F));
  EXPECT_EQ(result.counts.answered, 100);
  EXPECT_EQ(result.counts.batches, 100);
  EXPECT_EQ(result.counts.degraded(), 0);
  EXPECT_DOUBLE_EQ(result.offered_qps, 100);
  EXPECT_DOUBLE_EQ(result.achieved_qps, 100);
}

// What this scenario is for: one answer takes 200 ms, and everything that was due meanwhile says
// so. A client that waits for each answer would have seen one slow request.
TEST(ServerHost, AStallShowsInAllRequestsThatWereDueMeanwhile) {
  ServerHost host(every(5 * kMs, 400), 2, {});
  const auto result = play(host, 1, [](const std::vector<int64_t>& batch) {
    return batch.front() == 100 ? 200 * kMs : kMs;
  });
  // Request 100 is due at 500 ms and answered at 700; request 100 + i waits until then, behind i-1
  // others, of which one is served a millisecond.
  EXPECT_FLOAT_EQ(result.ms[99], 1);
  EXPECT_FLOAT_EQ(result.ms[100], 200);
  for (int i = 1; i < 40; ++i) EXPECT_FLOAT_EQ(result.ms[100 + i], 200 - 5 * i + i) << i;
  EXPECT_EQ(std::ranges::count_if(result.ms, [](float ms) { return ms > 1.5F; }), 50);
  std::vector<float> sorted = result.ms;
  std::ranges::sort(sorted);
  EXPECT_GT(sorted[sorted.size() * 95 / 100], 100);
}

TEST(ServerHost, ASecondInstanceServesPastAStall) {
  ServerHost host(every(5 * kMs, 400), 2, {});
  const auto result = play(host, 2, [](const std::vector<int64_t>& batch) {
    return batch.front() == 100 ? 200 * kMs : kMs;
  });
  EXPECT_EQ(std::ranges::count_if(result.ms, [](float ms) { return ms > 1.5F; }), 1);
}

// Mean waiting time of M/D/1 is rho / (2 (1 - rho)) service times (Pollaczek 1930, Khinchine 1932).
TEST(ServerHost, PoissonArrivalsWaitAsQueueingTheorySays) {
  const double rho = 0.7;
  ServerHost host(poisson(rho * 1000, 400), 400, {});
  const ServerResult result = play(host, 1, always(kMs));
  double sum = 0;
  for (const float ms : result.ms) sum += ms;
  const double wait_ms = sum / static_cast<double>(result.ms.size()) - 1;
  EXPECT_NEAR(wait_ms, rho / (2 * (1 - rho)), 0.05);
}

TEST(ServerHost, OverloadShowsInTheRateAndTheLatencies) {
  ServerHost host(every(kMs, 1000), 1, {});
  const ServerResult result = play(host, 1, always(2 * kMs));
  EXPECT_DOUBLE_EQ(result.offered_qps, 1000);
  EXPECT_NEAR(result.achieved_qps, 500, 1);
  EXPECT_GT(result.ms.back(), 900);
}

TEST(ServerHost, WhatABoundedQueueCannotHoldIsShedAndCounted) {
  ServerHost host(every(kMs, 1000), 1, {.queue = 4});
  const ServerResult result = play(host, 1, always(2 * kMs));
  EXPECT_NEAR(result.counts.shed, 500, 5);
  EXPECT_EQ(result.counts.answered + result.counts.shed, 1000);
  EXPECT_EQ(std::ssize(result.ms), result.counts.answered);
  EXPECT_EQ(result.counts.degraded(), result.counts.shed);
  EXPECT_LE(*std::ranges::max_element(result.ms), 12);
}

TEST(ServerHost, BatchesCarryALoadThatSingleRequestsDoNot) {
  ServerHost host(every(kMs, 1000), 1, {.batch_size = 8, .batch_wait_ms = 4});
  const ServerResult result = play(host, 1, always(2 * kMs));
  EXPECT_NEAR(result.achieved_qps, 1000, 10);
  EXPECT_LE(*std::ranges::max_element(result.ms), 12);
  EXPECT_LT(result.counts.batches, 300);
  EXPECT_GE(result.ms.front(), 6);  // the first waits 4 ms for others
}

TEST(ServerHost, TheCacheAnswersWhatComesAgain) {
  std::vector<Arrival> arrivals = every(10 * kMs, 100);
  for (Arrival& arrival : arrivals) arrival.request %= 10;
  ServerHost host(arrivals, 1, {.cache_capacity = 10});
  const ServerResult result = play(host, 1, always(2 * kMs));
  EXPECT_EQ(result.counts.repeats, 90);
  EXPECT_EQ(result.counts.cache_hits, 90);
  EXPECT_EQ(result.counts.batches, 10);
  EXPECT_EQ(std::ranges::count(result.ms, 0.0F), 90);
}

TEST(ServerHost, WhereNothingComesAgainTheCacheHasNoChance) {
  ServerHost host(every(10 * kMs, 100), 1, {.cache_capacity = 10});
  const ServerResult result = play(host, 1, always(2 * kMs));
  EXPECT_EQ(result.counts.repeats, 0);
  EXPECT_EQ(result.counts.cache_hits, 0);
}

TEST(ServerHost, DegradedAnswersAreCountedByKindAndNotCached) {
  ServerHost host({{0, 7}, {kMs, 8}, {2 * kMs, 7}}, 1, {.cache_capacity = 10});
  host.arrive(0, 0);
  host.answer(host.take(0), kMs, ServerHost::Answer::deadline);
  host.arrive(1, kMs);
  host.answer(host.take(kMs), kMs, ServerHost::Answer::breaker);
  host.arrive(2, 2 * kMs);
  EXPECT_FALSE(host.done());
  host.answer(host.take(2 * kMs), 3 * kMs, ServerHost::Answer::full);
  EXPECT_TRUE(host.done());
  const ServerCounts counts = host.result().counts;
  EXPECT_EQ(counts.deadline, 1);
  EXPECT_EQ(counts.breaker, 1);
  EXPECT_EQ(counts.degraded(), 2);
  EXPECT_EQ(counts.repeats, 1);
  EXPECT_EQ(counts.cache_hits, 0);
}

}  // namespace
}  // namespace assay::timing
