#pragma once

#include <cstdint>
#include <optional>
#include <unordered_set>
#include <vector>

#include "task/experiment.h"
#include "timing/request_queue.h"
#include "timing/result_cache.h"

namespace assay::timing {

/// When a request is due, and what it asks: requests with one number have one answer.
struct Arrival {
  int64_t at_ns = 0;  ///< from the start of the round
  int64_t request = 0;
};

/// What became of the requests of a round.
struct ServerCounts {
  int64_t answered = 0;  ///< in whatever way; arrivals = answered + shed
  int64_t shed = 0;      ///< the queue was full
  int64_t deadline = 0;  ///< answered by the fallback of a stage that was too slow
  int64_t breaker = 0;   ///< answered by the fallback because a stage was left out
  int64_t repeats = 0;   ///< asked before in this round: only these a cache can answer
  int64_t cache_hits = 0;
  int64_t batches = 0;  ///< served by an instance

  /// Requests that did not get the answer that the variant would give.
  int64_t degraded() const { return shed + deadline + breaker; }
};

struct ServerResult {
  std::vector<float> ms;  ///< of the answered requests, from the scheduled arrival, in its order
  ServerCounts counts;
  double offered_qps = 0;   ///< arrivals over the duration of the scenario
  double achieved_qps = 0;  ///< answered requests, up to the last answer
};

/// The host in front of the instances of one variant: cache, queue, batches, and the account of
/// what became of every request. It knows neither threads nor a clock: every call is told the time,
/// in nanoseconds from the start of the round, so that a test can play it on a virtual clock. The
/// caller takes care that one call follows the other.
class ServerHost {
 public:
  enum class Answer { full, deadline, breaker };

  ServerHost(std::vector<Arrival> arrivals, double duration_s, const task::ServingSpec& spec);

  const std::vector<Arrival>& arrivals() const { return arrivals_; }

  /// The request is there (not before it is due): it is answered from the cache, waits or is shed.
  /// After the last one the queue waits for no others.
  void arrive(int64_t arrival, int64_t now_ns);
  /// When take() will give a batch; none while nothing waits.
  std::optional<int64_t> ready_at() const { return queue_.ready_at(); }
  /// Places of the next batch's arrivals; empty where none is ready.
  std::vector<int64_t> take(int64_t now_ns);
  void answer(const std::vector<int64_t>& batch, int64_t now_ns, Answer how);
  /// Every request is answered or shed.
  bool done() const { return counts_.answered + counts_.shed == std::ssize(arrivals_); }

  ServerResult result() const;

 private:
  void record(int64_t arrival, int64_t now_ns);

  std::vector<Arrival> arrivals_;
  double duration_s_;
  RequestQueue queue_;
  ResultCache cache_;
  std::unordered_set<int64_t> asked_;
  std::vector<int64_t> latency_ns_;  // -1: not answered
  ServerCounts counts_;
  int64_t last_ns_ = 0;
};

}  // namespace assay::timing
