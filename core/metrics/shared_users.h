#pragma once

/// How many users the items of a list have in common with other items.

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "metrics/item_sets.h"

namespace assay::metrics {

/// A mask for each user: which of the items that are held he has. A walk over the users of another
/// item then counts what it shares with all of them at once. Items stay held until their place is
/// needed, since lists that follow each other often have items in common.
///
/// Room for one list at a time: each thread has its own. Counts do not depend on what was held
/// before.
class SharedUsers {
 public:
  static constexpr size_t kMost = 32;
  using Counts = std::array<int32_t, kMost>;

  /// @param sets   users of every item; must outlive this
  /// @param pairs  whether `among` will be asked
  SharedUsers(const ItemSets& sets, bool pairs);

  /// From now on counts are with these items.
  /// @param items  at most kMost, may repeat
  void hold(std::span<const int64_t> items);
  /// out[j]: users that have both `item` and the j-th of the held items.
  void count(int64_t item, std::span<int32_t> out);
  /// Users that have both the a-th and the b-th of the held items.
  int32_t among(size_t a, size_t b) const { return pair_[place_[a]][place_[b]]; }

 private:
  void enter(size_t place, int64_t item);
  void leave(size_t place);
  void count_places(int64_t item, uint32_t wanted, Counts& by_place) const;
  bool bits_are_cheaper(int64_t item, uint32_t wanted) const;

  const ItemSets& sets_;
  bool pairs_;
  std::vector<uint32_t> mask_;        // by user
  std::array<int64_t, kMost> held_;   // by place; -1 where there is none
  std::array<Counts, kMost> pair_{};  // by place, of those that are held
  std::array<uint8_t, kMost> place_{};
  size_t count_ = 0;     // of the items that hold() was given last
  uint32_t wanted_ = 0;  // their places
  size_t next_ = 0;      // where a free place is looked for first
};

}  // namespace assay::metrics
