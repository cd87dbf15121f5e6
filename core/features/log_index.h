#pragma once

/// What the log says of users and items before a moment.

#include <cstdint>
#include <span>
#include <vector>

namespace assay::features {

/// The columns of a log in time order. What they point at outlives the index.
struct LogColumns {
  std::span<const int32_t> user, item;
  std::span<const int64_t> time_us;
  std::span<const uint8_t> positive;  ///< 1 where the event is; empty: all are
};

/// What is known of a user, an item or a pair before a moment.
struct Tally {
  int64_t events = 0;
  int64_t positives = 0;
  int64_t last = -1;  ///< place in the log of its latest event, -1: none
};

/// Prefix index over a log in time order: the places of the events of each user and each item, and
/// beside them how many positives there were until then. A tally is one binary search.
///
/// Beside the log it takes 8 bytes an event, 20 where not all events are positive, and 8 bytes a user
/// and an item.
class LogIndex {
 public:
  /// At most 2^31 - 1 events. Times may not fall.
  LogIndex(const LogColumns& log, int64_t users, int64_t items);

  /// How many events came strictly before the moment: what all other questions are asked with.
  int64_t before(int64_t time_us) const;

  Tally user(int64_t user, int64_t before) const { return tally(by_user_, user, before); }
  Tally item(int64_t item, int64_t before) const { return tally(by_item_, item, before); }
  /// Of all events.
  Tally all(int64_t before) const;
  /// Places of the user's events, oldest first.
  std::span<const int32_t> places(int64_t user, int64_t before) const;

  const LogColumns& log() const { return log_; }
  bool positive(int64_t place) const { return log_.positive.empty() || log_.positive[place] == 1; }
  int64_t users() const { return static_cast<int64_t>(by_user_.offsets.size()) - 1; }
  int64_t items() const { return static_cast<int64_t>(by_item_.offsets.size()) - 1; }
  /// Of this index, without the log.
  int64_t bytes() const;

 private:
  struct Side {
    std::vector<int64_t> offsets;
    std::vector<int32_t> places;     // [events], ascending within an owner
    std::vector<int32_t> positives;  // beside them, until and with that event; empty: all
  };
  Side side(std::span<const int32_t> owner, int64_t owners) const;
  static Tally tally(const Side& side, int64_t owner, int64_t before);

  LogColumns log_;
  Side by_user_, by_item_;
  std::vector<int32_t> positives_;  // [events], until and with that event; empty: all
};

}  // namespace assay::features
