#pragma once
// Part of assay::extra, which promises no stable API or ABI: see assay/extra/README.md.

/// The co-occurrence matrix as a declared part of a fit: counted once for all stages that agree in it.

#include <assay/context.h>
#include <assay/extra/interactions/co_occurrence.h>

#include <cstdint>
#include <functional>
#include <span>

namespace assay::extra {

/// Rows are kept up to so many entries together, 12 bytes each: a larger part takes longer to write
/// and to read than the rows take to count.
inline constexpr int64_t kMostKeptEntries = 1 << 24;

/// One row: the other items in the order in which they were found, and the entry of each.
struct CoOccurrences {
  int64_t item;
  std::span<const int32_t> others;  ///< the item itself too
  std::span<const double> entries;  ///< as many
};
using EachCoOccurrences = std::function<void(const CoOccurrences&)>;

/// Counts row by row, from several threads: for_each_co_occurrence with what it is made of.
using CountCoOccurrences =
    std::function<void(const std::function<void(const CoOccurrenceRow&)>& body)>;

/// Puts all rows into `part`, or none where there are more than kMostKeptEntries.
/// @param items  N
void keep_co_occurrence(const CountCoOccurrences& count, int64_t items, Archive& part);

/// Calls `body` once for every item, from several threads, with the rows of `part`, or counted anew
/// where it keeps none. Rows are the same to the bit.
void for_each_kept(const Archive& part, const CountCoOccurrences& count,
                   const EachCoOccurrences& body);

}  // namespace assay::extra
