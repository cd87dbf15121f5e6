#include "metrics/shared_users.h"

#include <algorithm>
#include <bit>

#include "error/error.h"

namespace assay::metrics {

SharedUsers::SharedUsers(const ItemSets& sets, bool pairs)
    : sets_(sets), pairs_(pairs), mask_(static_cast<size_t>(sets.universe())) {
  held_.fill(-1);
}

void SharedUsers::hold(std::span<const int64_t> items) {
  error::require(items.size() <= kMost, "there is a place for every item");
  count_ = items.size();
  wanted_ = 0;
  std::array<size_t, kMost> strangers{};
  size_t missing = 0;
  for (size_t j = 0; j < count_; ++j) {
    const auto place = static_cast<size_t>(std::ranges::find(held_, items[j]) - held_.begin());
    if (place == kMost) {
      strangers[missing++] = j;
      continue;
    }
    place_[j] = static_cast<uint8_t>(place);
    wanted_ |= uint32_t{1} << place;
  }
  for (size_t s = 0; s < missing; ++s) {
    const size_t j = strangers[s];
    // an item that is in the list twice has come in by now
    auto place = static_cast<size_t>(std::ranges::find(held_, items[j]) - held_.begin());
    if (place == kMost) {
      while (wanted_ >> next_ & 1) next_ = (next_ + 1) % kMost;
      place = next_;
      if (held_[place] >= 0) leave(place);
      enter(place, items[j]);
    }
    place_[j] = static_cast<uint8_t>(place);
    wanted_ |= uint32_t{1} << place;
  }
}

void SharedUsers::enter(size_t place, int64_t item) {
  if (pairs_) {
    uint32_t others = 0;
    for (size_t p = 0; p < kMost; ++p) others |= uint32_t{held_[p] >= 0} << p;
    Counts& own = pair_[place];
    count_places(item, others, own);
    own[place] = static_cast<int32_t>(sets_.size(item));
    for (size_t p = 0; p < kMost; ++p) pair_[p][place] = own[p];
  }
  held_[place] = item;
  for (const int32_t user : sets_.of(item)) mask_[user] |= uint32_t{1} << place;
}

void SharedUsers::leave(size_t place) {
  for (const int32_t user : sets_.of(held_[place])) mask_[user] &= ~(uint32_t{1} << place);
  held_[place] = -1;
}

void SharedUsers::count(int64_t item, std::span<int32_t> out) {
  Counts by_place;
  count_places(item, wanted_, by_place);
  for (size_t j = 0; j < count_; ++j) out[j] = by_place[place_[j]];
}

void SharedUsers::count_places(int64_t item, uint32_t wanted, Counts& by_place) const {
  by_place.fill(0);
  if (bits_are_cheaper(item, wanted)) {
    for (uint32_t left = wanted; left != 0; left &= left - 1) {
      const auto place = static_cast<size_t>(std::countr_zero(left));
      by_place[place] = static_cast<int32_t>(sets_.common(item, held_[place]));
    }
    return;
  }
  for (const int32_t user : sets_.of(item)) {
    for (uint32_t left = mask_[user] & wanted; left != 0; left &= left - 1)
      ++by_place[static_cast<size_t>(std::countr_zero(left))];
  }
}

// A walk looks at every user of the item and adds one for every user in common; and-ing costs a
// word of bits for each 64 of all users, looking up one of an item's users each.
bool SharedUsers::bits_are_cheaper(int64_t item, uint32_t wanted) const {
  if (!sets_.has_bits(item)) return false;
  int64_t by_bits = 0, users = 0;
  for (uint32_t left = wanted; left != 0; left &= left - 1) {
    const int64_t other = held_[static_cast<size_t>(std::countr_zero(left))];
    users += sets_.size(other);
    by_bits += sets_.has_bits(other) ? sets_.universe() / 64 : sets_.size(other);
  }
  const int64_t in_common = sets_.size(item) * users / std::max<int64_t>(sets_.universe(), 1);
  return by_bits < 2 * (sets_.size(item) + in_common);
}

}  // namespace assay::metrics
