#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace assay::ab {

/// Which units have been seen, and in which arm, by 9 bytes a place. Units are 64-bit hashes: equal
/// ones are taken for one unit.
class SeenUnits {
 public:
  enum class Was { unseen, in_same_arm, in_other_arm };
  static constexpr int kMostArms = 100;

  /// Makes room for so many units.
  void reserve(int64_t units);
  /// Has the place of a unit brought from memory, for a see() that comes a little later.
  void look_ahead(uint64_t hash) const {
    __builtin_prefetch(&hashes_[place_of(hash)]);
    __builtin_prefetch(&arms_[place_of(hash)]);
  }
  /// @param arm  0 to kMostArms - 1; a unit stays in the arm that it was seen in first
  Was see(uint64_t hash, int arm);
  int64_t units() const { return units_; }

 private:
  static constexpr int kFirstBits = 8;

  size_t place_of(uint64_t hash) const { return static_cast<size_t>(hash >> shift_); }
  void grow(int bits);

  int bits_ = kFirstBits;
  int shift_ = 64 - kFirstBits;
  int64_t units_ = 0;
  std::vector<uint64_t> hashes_ = std::vector<uint64_t>(size_t{1} << kFirstBits);
  std::vector<uint8_t> arms_ = std::vector<uint8_t>(size_t{1} << kFirstBits);  ///< + 1; 0: no unit
};

/// The hash of an integer id; no two of them have the same.
inline uint64_t hash_of(int64_t id) {
  // The finaliser of MurmurHash3, which can be undone.
  auto h = static_cast<uint64_t>(id);
  h = (h ^ h >> 33U) * 0xFF51AFD7ED558CCDULL;
  h = (h ^ h >> 33U) * 0xC4CEB9FE1A85EC53ULL;
  return h ^ h >> 33U;
}

}  // namespace assay::ab
