#pragma once

#include <assay/ragged.h>

#include <cstdint>
#include <span>
#include <vector>

namespace assay::metrics {

/// A set for each item (its users, its categories), made for counting what two of them share.
///
/// A set is a sorted list; one that fills more than 1/32 of the universe is kept as bits as well,
/// so that the bits take no more room than twice the lists. Two lists are merged, a list is looked
/// up in bits, bits are and-ed.
class ItemSets {
 public:
  /// @param sets      int64 on the CPU, ascending a row, each value once, in 0..universe-1
  ItemSets(const Ragged& sets, int64_t universe);

  int64_t items() const { return static_cast<int64_t>(bits_.size()); }
  int64_t universe() const { return universe_; }
  int64_t size(int64_t item) const { return offset_[item + 1] - offset_[item]; }
  /// The set of an item, ascending.
  std::span<const int32_t> of(int64_t item) const {
    return std::span(value_).subspan(static_cast<size_t>(offset_[item]),
                                     static_cast<size_t>(size(item)));
  }
  /// Whether its set is kept as bits too.
  bool has_bits(int64_t item) const { return bits_[item] >= 0; }
  /// |set of a and set of b|
  int64_t common(int64_t a, int64_t b) const;

 private:
  int64_t merged(int64_t a, int64_t b) const;
  int64_t looked_up(int64_t list, const uint64_t* bits) const;
  int64_t anded(const uint64_t* a, const uint64_t* b) const;

  std::vector<int32_t> value_;
  std::vector<int64_t> offset_;
  std::vector<int64_t> bits_;  // place of the item's first word, -1 where it has a list only
  std::vector<uint64_t> words_;
  int64_t universe_;
  int64_t words_a_set_;
};

}  // namespace assay::metrics
