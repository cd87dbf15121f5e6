#pragma once
// Part of assay::extra, which promises no stable API or ABI: see assay/extra/README.md.

/// What users' votes for items become with later events.

#include <assay/batch.h>

#include <cstdint>
#include <functional>
#include <vector>

namespace assay::extra {

/// The positive events of users with items so far: what it takes to bring later ones into a sum of
/// votes. With Repeats::once a user has one vote an item, the largest of those of its events; with
/// Repeats::each every event is a vote.
class PairHistory {
 public:
  /// Nobody was positive about anything.
  explicit PairHistory(Repeats repeats) : repeats_(repeats) {}
  /// Keeps the tensors, and costs nothing until events are added.
  PairHistory(const EventSlice& events, Repeats repeats) : repeats_(repeats) { keep(events); }

  /// The vote of an event by its time and its weight (`learn_from`, 1 without), above 0.
  using Vote = std::function<double(int64_t time_us, float weight)>;
  /// A pair with a positive event.
  struct Change {
    int32_t item;
    int32_t user;
    double votes;  ///< to be added to what it had
  };
  /// Adds later events, and says of each of their pairs what changed, by item, then user. Reads all
  /// events that were there before once.
  std::vector<Change> add(const EventSlice& events, const Vote& vote);

 private:
  void keep(const EventSlice& events);

  Repeats repeats_;
  std::vector<EventSlice> slices_;  // on the CPU, in time order; without values
};

}  // namespace assay::extra
