#include "timing/result_cache.h"

#include <iterator>

namespace assay::timing {

void ResultCache::drop(Order::iterator entry) {
  places_.erase(entry->request);
  order_.erase(entry);
}

bool ResultCache::find(int64_t request, int64_t now_ns) {
  const auto found = places_.find(request);
  if (found == places_.end()) return false;
  const Order::iterator entry = found->second;
  if (ttl_ns_ > 0 && now_ns - entry->since_ns >= ttl_ns_) {
    drop(entry);
    return false;
  }
  order_.splice(order_.begin(), order_, entry);
  return true;
}

void ResultCache::put(int64_t request, int64_t now_ns) {
  if (capacity_ <= 0) return;
  const auto found = places_.find(request);
  if (found != places_.end()) drop(found->second);
  if (static_cast<int64_t>(order_.size()) >= capacity_) drop(std::prev(order_.end()));
  order_.push_front({request, now_ns});
  places_[request] = order_.begin();
}

}  // namespace assay::timing
