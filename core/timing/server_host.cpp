#include "timing/server_host.h"

#include <algorithm>

namespace assay::timing {
namespace {

int64_t ns(double seconds) { return static_cast<int64_t>(seconds * 1e9); }

}  // namespace

ServerHost::ServerHost(std::vector<Arrival> arrivals, double duration_s,
                       const task::ServingSpec& spec)
    : arrivals_(std::move(arrivals)),
      duration_s_(duration_s),
      queue_({spec.queue, spec.batch_size, ns(spec.batch_wait_ms * 1e-3)}),
      cache_(spec.cache_capacity, ns(spec.cache_ttl_s)),
      latency_ns_(arrivals_.size(), -1) {}

void ServerHost::record(int64_t arrival, int64_t now_ns) {
  latency_ns_[arrival] = now_ns - arrivals_[arrival].at_ns;
  last_ns_ = std::max(last_ns_, now_ns);
  ++counts_.answered;
}

void ServerHost::arrive(int64_t arrival, int64_t now_ns) {
  const int64_t request = arrivals_[arrival].request;
  if (!asked_.insert(request).second) ++counts_.repeats;
  if (cache_.find(request, now_ns)) {
    ++counts_.cache_hits;
    record(arrival, now_ns);
  } else if (!queue_.offer(arrival, now_ns)) {
    ++counts_.shed;
  }
  if (arrival + 1 == std::ssize(arrivals_)) queue_.close();
}

std::vector<int64_t> ServerHost::take(int64_t now_ns) {
  std::vector<int64_t> batch = queue_.take(now_ns);
  if (!batch.empty()) ++counts_.batches;
  return batch;
}

void ServerHost::answer(const std::vector<int64_t>& batch, int64_t now_ns, Answer how) {
  const auto size = std::ssize(batch);
  if (how == Answer::deadline) counts_.deadline += size;
  if (how == Answer::breaker) counts_.breaker += size;
  for (const int64_t arrival : batch) {
    record(arrival, now_ns);
    // A degraded answer would stay degraded for as long as the cache keeps it.
    if (how == Answer::full) cache_.put(arrivals_[arrival].request, now_ns);
  }
}

ServerResult ServerHost::result() const {
  ServerResult result;
  result.counts = counts_;
  for (const int64_t latency : latency_ns_) {
    if (latency >= 0) result.ms.push_back(static_cast<float>(static_cast<double>(latency) * 1e-6));
  }
  result.offered_qps = static_cast<double>(arrivals_.size()) / duration_s_;
  const double seconds = std::max(duration_s_, static_cast<double>(last_ns_) * 1e-9);
  result.achieved_qps = static_cast<double>(counts_.answered) / seconds;
  return result;
}

}  // namespace assay::timing
