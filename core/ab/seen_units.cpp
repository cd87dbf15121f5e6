#include "ab/seen_units.h"

#include <bit>
#include <cstddef>

namespace assay::ab {

void SeenUnits::reserve(int64_t units) {
  const auto places = static_cast<uint64_t>(units) + static_cast<uint64_t>(units) / 2;
  const auto bits = static_cast<int>(std::bit_width(places));
  if (bits > bits_) grow(bits);
}

void SeenUnits::grow(int bits) {
  std::vector<uint64_t> hashes(size_t{1} << bits);
  std::vector<uint8_t> arms(size_t{1} << bits);
  hashes.swap(hashes_);
  arms.swap(arms_);
  bits_ = bits;
  shift_ = 64 - bits;
  for (size_t i = 0; i < arms.size(); ++i) {
    if (arms[i] == 0) continue;
    size_t place = place_of(hashes[i]);
    while (arms_[place] != 0) place = (place + 1) & (arms_.size() - 1);
    hashes_[place] = hashes[i];
    arms_[place] = arms[i];
  }
}

SeenUnits::Was SeenUnits::see(uint64_t hash, int arm) {
  const auto mark = static_cast<uint8_t>(arm + 1);
  size_t place = place_of(hash);
  for (; arms_[place] != 0; place = (place + 1) & (arms_.size() - 1)) {
    if (hashes_[place] == hash) return arms_[place] == mark ? Was::in_same_arm : Was::in_other_arm;
  }
  hashes_[place] = hash;
  arms_[place] = mark;
  ++units_;
  if (static_cast<size_t>(units_) > arms_.size() / 4 * 3) grow(bits_ + 1);
  return Was::unseen;
}

}  // namespace assay::ab
