#pragma once

#include <cstdint>
#include <limits>
#include <vector>

namespace assay::contract {

/// Which ids a row holds, in O(1) a look-up and no clearing between rows: a mark is the number of
/// its row. Ids outside [0, limit) are never marked.
class Marks {
 public:
  explicit Marks(int64_t limit = std::numeric_limits<int64_t>::max())
      : limit_(static_cast<uint64_t>(limit)) {}

  void start_row() { ++now_; }
  bool holds(int64_t id) const {
    return static_cast<uint64_t>(id) < mark_.size() && mark_[static_cast<size_t>(id)] == now_;
  }
  /// false where it was marked already.
  bool add(int64_t id) {
    const auto place = static_cast<uint64_t>(id);
    if (place >= mark_.size()) {
      if (place >= limit_) return true;
      mark_.resize(place + 1, 0);
    }
    if (mark_[place] == now_) return false;
    mark_[place] = now_;
    return true;
  }

 private:
  uint64_t limit_;
  std::vector<int64_t> mark_;
  int64_t now_ = 0;
};

}  // namespace assay::contract
