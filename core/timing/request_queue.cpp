#include "timing/request_queue.h"

#include <algorithm>

namespace assay::timing {

bool RequestQueue::offer(int64_t request, int64_t now_ns) {
  const auto size = static_cast<int64_t>(waiting_.size());
  if (options_.capacity > 0 && size >= options_.capacity) return false;
  waiting_.push_back({request, now_ns});
  return true;
}

std::optional<int64_t> RequestQueue::ready_at() const {
  if (waiting_.empty()) return std::nullopt;
  const int64_t first = waiting_.front().since_ns;
  const auto size = static_cast<int64_t>(waiting_.size());
  if (closed_ || size >= options_.batch_size) return first;
  return first + options_.wait_ns;
}

std::vector<int64_t> RequestQueue::take(int64_t now_ns) {
  std::vector<int64_t> batch;
  const std::optional<int64_t> ready = ready_at();
  if (!ready || *ready > now_ns) return batch;
  const auto size = std::min<size_t>(waiting_.size(), options_.batch_size);
  for (size_t i = 0; i < size; ++i) {
    batch.push_back(waiting_.front().request);
    waiting_.pop_front();
  }
  return batch;
}

}  // namespace assay::timing
