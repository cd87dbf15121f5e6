#pragma once
// Part of assay::extra, which promises no stable API or ABI: see assay/extra/README.md.

/// Which users were positive about which items when last, for updates.

#include <assay/batch.h>

#include <cstdint>
#include <vector>

namespace assay::extra {

/// Which users were positive about which items, and when last: what it takes to bring later events
/// into something that counts a user once an item.
class PairHistory {
 public:
  /// Nobody was positive about anything.
  PairHistory() = default;
  /// Keeps the tensors, and costs nothing until events are added.
  explicit PairHistory(const EventSlice& events) { keep(events); }

  /// A pair with a positive event.
  struct Change {
    int32_t item;
    int32_t user;
    int64_t last_us;         ///< its last one among the events that were added, -1 without times
    bool known = false;      ///< it had one before
    int64_t before_us = -1;  ///< that one's time, where known
  };
  /// Adds later events, and says of each of their pairs what changed, by item, then user. Reads all
  /// events that were there before once.
  std::vector<Change> add(const EventSlice& events);

 private:
  void keep(const EventSlice& events);

  std::vector<EventSlice> slices_;  // on the CPU, in time order; without values
};

}  // namespace assay::extra
