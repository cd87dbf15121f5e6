#pragma once

/// Novelty and popularity over all that is shown, instead of list by list, and how much of the tail
/// is shown at all.

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace assay::exposure {

/// What the training window knows of the items.
struct ItemUsers {
  std::vector<int64_t> counts;  ///< t_i of every item
  int64_t pairs = 0;            ///< T: the sum of counts
};

/// Mean over everything shown of -log2(t_i / T), or of -log2((t_i + 1) / (T + N)); without
/// `add_one` items that nobody has are left out.
/// @param shown  c_i of every item
std::optional<double> pooled_novelty(std::span<const int64_t> shown, const ItemUsers& known,
                                     bool add_one);

/// Mean over everything shown of t_i.
std::optional<double> pooled_popularity(std::span<const int64_t> shown, const ItemUsers& known);

/// Share of the items outside of the head that at least one list holds. The head is the `percent`
/// per cent (rounded up) most popular items, equal counts by id. No value where nothing is shown or
/// the head is everything.
std::optional<double> tail_coverage(std::span<const int64_t> shown, const ItemUsers& known,
                                    int64_t percent);

}  // namespace assay::exposure
