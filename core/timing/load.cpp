#include "timing/load.h"

#include <c10/core/impl/VirtualGuardImpl.h>

#include <algorithm>

#include "task/breadcrumb.h"
#include "timing/request_order.h"

namespace assay::timing {
namespace {

constexpr int64_t kSingleStreamRequests = 500;
constexpr int64_t kOfflineBatch = 1024;
constexpr int64_t kOfflineBatches = 8;

float elapsed_ms(int64_t since_ns) {
  return static_cast<float>(static_cast<double>(task::monotonic_ns() - since_ns) * 1e-6);
}

}  // namespace

LoadDriver::LoadDriver(pipeline::ServingGraph& graph, int64_t served, const LoadSettings& settings)
    : graph_(graph), served_(served), settings_(settings) {
  for (const std::vector<int64_t>& rows : batches()) {
    requests_.push_back(graph.data().requests(settings.window, rows));
  }
}

std::vector<std::vector<int64_t>> LoadDriver::batches() const {
  const bool single = settings_.scenario.kind == task::ScenarioKind::single_stream;
  const int64_t size = single                              ? 1
                       : settings_.scenario.batch_size > 0 ? settings_.scenario.batch_size
                                                           : kOfflineBatch;
  int64_t count = settings_.scenario.requests;
  if (count <= 0) count = single ? kSingleStreamRequests : kOfflineBatches * size;
  const std::vector<int64_t> rows =
      logged_requests(graph_.data(), settings_.window, std::max(count, size));
  std::vector<std::vector<int64_t>> out;
  for (size_t first = 0; first + size <= rows.size(); first += size) {
    out.emplace_back(rows.begin() + first, rows.begin() + first + size);
  }
  return out;
}

float LoadDriver::serve(size_t batch) {
  const RequestBatch& requests = requests_[batch];
  const int64_t started = task::monotonic_ns();
  const pipeline::ServedBatch served =
      graph_.serve_batch(requests, requests.size(), static_cast<int64_t>(batch), settings_.window);
  if (const pipeline::StageFailure* failure = graph_.failure_above(served_)) throw *failure;
  // The answer counts as given when its ids are in host memory: on a GPU this waits for everything
  // before it.
  const at::Tensor slate = served.lists[served_]->item.cpu();
  return elapsed_ms(started);
}

void LoadDriver::warm_up() {
  const int64_t size = requests_.front().size();
  const int64_t rounds = std::max<int64_t>(2, (settings_.warmup_requests + size - 1) / size);
  for (int64_t i = 0; i < rounds; ++i) serve(i % requests_.size());
}

LoadResult LoadDriver::run(pipeline::StageClock* clock) {
  graph_.set_clock(nullptr);
  warm_up();
  graph_.set_clock(clock);
  LoadResult result;
  const int64_t started = task::monotonic_ns();
  for (size_t batch = 0; batch < requests_.size(); ++batch) result.ms.push_back(serve(batch));
  const double seconds = static_cast<double>(task::monotonic_ns() - started) * 1e-9;
  result.achieved_qps = static_cast<double>(requests_.size() * requests_.front().size()) / seconds;
  graph_.set_clock(nullptr);
  return result;
}

void SynchronisedClock::synchronise() const {
  if (device_.is_cpu()) return;
  c10::impl::VirtualGuardImpl(device_.type()).getStream(device_).synchronize();
}

void SynchronisedClock::start(int64_t) {
  synchronise();
  started_ns_ = task::monotonic_ns();
}

void SynchronisedClock::stop(int64_t node) {
  synchronise();
  ms_[node].push_back(elapsed_ms(started_ns_));
}

}  // namespace assay::timing
