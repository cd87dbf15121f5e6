#pragma once

/// Outside ids (any text) to dense ids (0, 1, 2, ...).

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "dataset/columns.h"

namespace assay::dataset {

/// Numbers texts in the order in which they come first. Open addressing over XXH3; the texts are
/// copied.
class Interner {
 public:
  Interner();
  /// The number of `text`, which is new where it was not seen before.
  int32_t add(std::string_view text);
  /// As above, with hash_of(text).
  int32_t add(std::string_view text, uint64_t hash);
  static uint64_t hash_of(std::string_view text);
  /// Hashes some dozens of texts and fetches what add() will look at, so that memory is waited for
  /// once.
  void look_ahead(std::span<const std::string_view> texts, uint64_t* hashes) const;
  /// The number of `text`, or -1.
  int32_t find(std::string_view text) const;
  int64_t size() const { return texts_.size(); }
  const TextColumn& texts() const { return texts_; }
  TextColumn take() && { return std::move(texts_); }

 private:
  struct Slot {
    uint32_t tag = 0;  // upper half of the hash, so that most mismatches need no look at the text
    int32_t id = -1;
  };
  size_t slot_of(std::string_view text, uint64_t hash) const;
  void grow();

  std::vector<Slot> slots_;
  TextColumn texts_;
};

/// The order of outside ids: numeric where all are integers (equal ones, as 7 and 07, bytewise),
/// else bytewise.
/// @return permutation [rows]: place p holds row `order[p]`
std::vector<int32_t> order_of_ids(const TextView& ids);

/// The place of each row: rank[order[p]] = p.
std::vector<int32_t> inverse(std::span<const int32_t> order);

/// The texts in the given order.
TextColumn select(const TextView& texts, std::span<const int32_t> rows);

/// `text` as an integer of at most 18 digits; none where it is anything else.
std::optional<int64_t> as_integer(std::string_view text);

}  // namespace assay::dataset
