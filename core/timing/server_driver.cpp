#include "timing/server_driver.h"

#include <ATen/Parallel.h>
#include <sys/prctl.h>
#include <time.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <thread>

#include "error/error.h"
#include "task/breadcrumb.h"
#include "timing/arrivals.h"
#include "timing/request_order.h"

namespace assay::timing {
namespace {

std::vector<Arrival> arrivals_of(const pipeline::DataView& data, const LoadSettings& load,
                                 uint64_t seed) {
  const std::vector<int64_t> times =
      poisson_arrivals(load.scenario.rate_qps, load.scenario.duration_s, seed);
  const std::vector<int64_t> rows = logged_requests(data, load.window, std::ssize(times));
  std::vector<Arrival> arrivals;
  for (size_t i = 0; i < times.size(); ++i) arrivals.push_back({times[i], rows[i]});
  return arrivals;
}

void sleep_until(int64_t monotonic) {
  const timespec until{monotonic / 1'000'000'000, monotonic % 1'000'000'000};
  while (::clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr) == EINTR) {
  }
}

}  // namespace

ServerDriver::ServerDriver(std::vector<ServerInstance> instances, int64_t served, Settings settings)
    : instances_(std::move(instances)), served_(served), settings_(std::move(settings)) {
  error::require(!instances_.empty(), "a server has an instance");
  const pipeline::DataView& data = instances_.front().graph->data();
  host_ = std::make_unique<ServerHost>(arrivals_of(data, settings_.load, settings_.seed),
                                       settings_.load.scenario.duration_s, settings_.serving);
  if (settings_.serving.batch_size == 1) {
    for (const Arrival& arrival : host_->arrivals())
      single_.push_back(data.requests(settings_.load.window, {arrival.request}));
  }
  const auto open_ns = static_cast<int64_t>(settings_.serving.breaker_open_s * 1e9);
  for (const auto& [node, deadline] : deadlines(instances_.front()))
    breakers_.emplace(node, CircuitBreaker(settings_.serving.breaker_after, open_ns));
}

std::map<int64_t, StageDeadlines::Deadline> ServerDriver::deadlines(
    const ServerInstance& instance) {
  std::map<int64_t, StageDeadlines::Deadline> by_node;
  const std::vector<task::ServeNode>& nodes = instance.graph->nodes();
  for (const task::DeadlineSpec& deadline : settings_.serving.deadlines) {
    for (size_t node = 0; node < nodes.size(); ++node) {
      if (nodes[node].place != deadline.stage) continue;
      StageDeadlines::Deadline& one = by_node[static_cast<int64_t>(node)];
      one.ns = static_cast<int64_t>(deadline.ms * 1e6);
      const auto fallback = instance.fallbacks.find(deadline.fallback);
      if (fallback == instance.fallbacks.end()) continue;
      one.fallback = [this, graph = fallback->second](const std::vector<int64_t>& batch) {
        fall_back(*graph, batch);
      };
    }
  }
  return by_node;
}

void ServerDriver::fail() {
  const std::lock_guard lock(mutex_);
  if (!failed_) failed_ = std::current_exception();
  changed_.notify_all();
}

void ServerDriver::fall_back(pipeline::ServingGraph& graph, const std::vector<int64_t>& batch) {
  try {
    at::set_num_threads(static_cast<int>(settings_.threads));
    answer_of(graph, 0, requests_of(batch), batch.front());
  } catch (...) {
    fail();
  }
}

int64_t ServerDriver::now() const { return task::monotonic_ns() - start_ns_; }

RequestBatch ServerDriver::requests_of(const std::vector<int64_t>& batch) const {
  if (!single_.empty()) return single_[batch.front()];
  // To put a batch together is a part of what it costs to serve one.
  std::vector<int64_t> rows;
  for (const int64_t arrival : batch) rows.push_back(host_->arrivals()[arrival].request);
  std::ranges::sort(rows);
  return instances_.front().graph->data().requests(settings_.load.window, rows);
}

at::Tensor ServerDriver::answer_of(pipeline::ServingGraph& graph, int64_t node,
                                   const RequestBatch& requests, int64_t batch) const {
  const pipeline::ServedBatch served =
      graph.serve_batch(requests, requests.size(), batch, settings_.load.window);
  if (const pipeline::StageFailure* failure = graph.failure_above(node)) throw *failure;
  return served.lists[node]->item.cpu();
}

void ServerDriver::warm_up() {
  const pipeline::DataView& data = instances_.front().graph->data();
  const int64_t size = settings_.serving.batch_size;
  const int64_t rounds = std::max<int64_t>(2, (settings_.load.warmup_requests + size - 1) / size);
  std::vector<int64_t> rows = logged_requests(data, settings_.load.window, size);
  std::ranges::sort(rows);
  const RequestBatch requests = data.requests(settings_.load.window, rows);
  for (const ServerInstance& instance : instances_) {
    instance.graph->set_clock(nullptr);
    for (int64_t i = 0; i < rounds; ++i) {
      answer_of(*instance.graph, served_, requests, i);
      for (const auto& [name, graph] : instance.fallbacks) answer_of(*graph, 0, requests, i);
    }
  }
}

ServerResult ServerDriver::run() {
  warm_up();
  start_ns_ = task::monotonic_ns();
  std::vector<std::thread> threads;
  for (const ServerInstance& instance : instances_)
    threads.emplace_back([this, &instance] { serve_on(instance); });
  bring_in();
  for (std::thread& thread : threads) thread.join();
  if (failed_) std::rethrow_exception(failed_);
  error::require(host_->done(), "every request of a round is answered or shed");
  return host_->result();
}

void ServerDriver::bring_in() {
  // Sleeps end 50 us late otherwise, and a latency counts from when its request was due.
  const int slack = ::prctl(PR_GET_TIMERSLACK);
  ::prctl(PR_SET_TIMERSLACK, 1);
  const std::vector<Arrival>& arrivals = host_->arrivals();
  for (size_t i = 0; i < arrivals.size(); ++i) {
    sleep_until(start_ns_ + arrivals[i].at_ns);
    const std::lock_guard lock(mutex_);
    if (failed_) break;
    host_->arrive(static_cast<int64_t>(i), now());
    changed_.notify_one();
  }
  ::prctl(PR_SET_TIMERSLACK, slack);
  const std::lock_guard lock(mutex_);
  all_in_ = true;
  changed_.notify_all();
}

// Empty when the round is over.
std::vector<int64_t> ServerDriver::next_batch() {
  std::unique_lock lock(mutex_);
  while (!failed_) {
    std::vector<int64_t> batch = host_->take(now());
    if (!batch.empty()) return batch;
    const std::optional<int64_t> ready = host_->ready_at();
    if (ready) {
      changed_.wait_for(lock, std::chrono::nanoseconds(std::max<int64_t>(0, *ready - now())));
    } else if (all_in_) {
      return {};
    } else {
      changed_.wait(lock);
    }
  }
  return {};
}

void ServerDriver::serve_on(const ServerInstance& instance) {
  pipeline::ServingGraph& graph = *instance.graph;
  try {
    at::set_num_threads(static_cast<int>(settings_.threads));
    std::optional<StageDeadlines> watched;
    if (!breakers_.empty())
      watched.emplace(deadlines(instance), breakers_, *host_, mutex_, start_ns_);
    StageDeadlines* const clock = watched ? &*watched : nullptr;
    graph.set_clock(clock);
    serve_batches(graph, clock);
  } catch (...) {
    fail();
  }
  graph.set_clock(nullptr);
}

void ServerDriver::serve_batches(pipeline::ServingGraph& graph, StageDeadlines* deadlines) {
  for (std::vector<int64_t> batch; !(batch = next_batch()).empty();) {
    serve(graph, batch, deadlines);
    const std::lock_guard lock(mutex_);
    if (settings_.on_batch) settings_.on_batch();
  }
}

void ServerDriver::serve(pipeline::ServingGraph& graph, const std::vector<int64_t>& batch,
                         StageDeadlines* deadlines) {
  if (deadlines) deadlines->begin(batch);
  try {
    answer_of(graph, served_, requests_of(batch), batch.front());
  } catch (const BatchAbandoned&) {
    return;
  }
  const std::lock_guard lock(mutex_);
  host_->answer(batch, now(), ServerHost::Answer::full);
}

}  // namespace assay::timing
