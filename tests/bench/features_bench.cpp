// Statistics of candidates over a prefix index of a log: ten of them for 200 candidates of a request.
// `ns_a_candidate` is the median time of all ten; `ratio` that of the budget, 1 µs, over it.
// `bytes_an_event` is what the index takes beside the log.
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <random>

#include "features/candidate_features.h"

namespace assay::features {
namespace {

constexpr int64_t kUsers = 50'000, kItems = 20'000, kCandidates = 200, kSecond = 1'000'000;
constexpr double kBudgetNs = 1000;

/// A log in which few users and items have most of the events, one a second, half of them positive.
struct Log {
  std::vector<int32_t> user, item;
  std::vector<int64_t> time_us;
  std::vector<uint8_t> positive;
  std::shared_ptr<const LogIndex> index;

  explicit Log(int64_t events) {
    std::mt19937_64 draw(1);
    std::uniform_real_distribution<double> share(0, 1);
    const auto skewed = [&](int64_t of) {
      const double u = share(draw);
      return static_cast<int32_t>(static_cast<double>(of - 1) * u * u * u);
    };
    for (int64_t event = 0; event < events; ++event) {
      user.push_back(skewed(kUsers));
      item.push_back(skewed(kItems));
      time_us.push_back(event * kSecond);
      positive.push_back(draw() % 2);
    }
    index = std::make_shared<LogIndex>(LogColumns{user, item, time_us, positive}, kUsers, kItems);
  }
};

const Log& log_of(int64_t events) {
  static std::map<int64_t, std::unique_ptr<Log>> logs;
  std::unique_ptr<Log>& log = logs[events];
  if (!log) log = std::make_unique<Log>(events);
  return *log;
}

/// A request batch of users of the log at moments of its last tenth, and candidates for it.
struct Asked {
  RequestBatch requests;
  CandidateBatch candidates;

  Asked(const Log& log, int64_t size, std::mt19937_64& draw) {
    const int64_t events = std::ssize(log.user);
    requests.user = at::empty({size}, at::kLong);
    requests.time_us = at::empty({size}, at::kLong);
    candidates.item = at::empty({size, kCandidates}, at::kLong);
    candidates.score = at::zeros({size, kCandidates}, at::kFloat);
    auto* item = candidates.item.mutable_data_ptr<int64_t>();
    for (int64_t request = 0; request < size; ++request) {
      const int64_t event = events - 1 - static_cast<int64_t>(draw() % (events / 10));
      requests.user.mutable_data_ptr<int64_t>()[request] = log.user[event];
      requests.time_us.mutable_data_ptr<int64_t>()[request] = log.time_us[event];
      const auto first = static_cast<int64_t>(draw() % kItems);
      for (int64_t place = 0; place < kCandidates; ++place) *item++ = (first + place * 97) % kItems;
    }
  }
};

task::FeatureSetSpec ten() {
  task::FeatureSetSpec out;
  for (const char* source : {"user_events", "user_rate", "user_recency", "item_events", "item_rate",
                             "item_recency", "pair_events", "pair_rate", "pair_recency"})
    out.candidate.push_back({.of = {source}});
  out.candidate.push_back({.form = task::FeatureForm::log, .of = {"item_events"}});
  return out;
}

void ten_statistics(benchmark::State& state) {
  const Log& log = log_of(state.range(0));
  const CandidateFeatures features(ten(), {}, log.index);
  std::mt19937_64 draw(2);
  // Other requests each time, so that nothing is in the caches because it was just asked for.
  std::vector<Asked> asked;
  for (int round = 0; round < 64; ++round) asked.emplace_back(log, state.range(1), draw);
  std::vector<double> ns;
  size_t round = 0;
  for (auto _ : state) {
    const Asked& now = asked[round++ % asked.size()];
    const auto start = std::chrono::steady_clock::now();
    benchmark::DoNotOptimize(features(now.requests, now.candidates));
    const std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - start;
    state.SetIterationTime(took.count() / 1e9);
    ns.push_back(took.count() / static_cast<double>(now.candidates.item.numel()));
  }
  std::ranges::sort(ns);
  state.counters["ns_a_candidate"] = ns[ns.size() / 2];
  state.counters["p99_ns"] = ns[ns.size() * 99 / 100];
  state.counters["ratio"] = kBudgetNs / ns[ns.size() / 2];
  state.counters["bytes_an_event"] =
      static_cast<double>(log.index->bytes()) / static_cast<double>(log.user.size());
}

BENCHMARK(ten_statistics)
    ->ArgNames({"events", "B"})
    ->ArgsProduct({{1'000'000, 10'000'000}, {1, 64}})
    ->UseManualTime()
    ->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace assay::features
