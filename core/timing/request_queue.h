#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

namespace assay::timing {

/// Requests that wait for an instance, and how they are put together into batches. Knows no clock:
/// every call is told the time, in nanoseconds, which never goes back.
class RequestQueue {
 public:
  struct Options {
    int64_t capacity = 0;    ///< requests that may wait; 0: no bound
    int64_t batch_size = 1;  ///< most requests of one batch
    int64_t wait_ns = 0;     ///< how long the first request of a batch waits for it to fill
  };
  explicit RequestQueue(const Options& options) : options_(options) {}

  /// False where the queue is full: the request is shed.
  bool offer(int64_t request, int64_t now_ns);
  /// When a batch can be taken, which may be in the past; none while nothing waits.
  std::optional<int64_t> ready_at() const;
  /// The oldest requests, at most a batch; empty before ready_at().
  std::vector<int64_t> take(int64_t now_ns);
  /// No more requests will come: what waits, waits no longer.
  void close() { closed_ = true; }

 private:
  struct Waiting {
    int64_t request, since_ns;
  };

  Options options_;
  std::deque<Waiting> waiting_;
  bool closed_ = false;
};

}  // namespace assay::timing
