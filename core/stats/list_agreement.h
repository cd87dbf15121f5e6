#pragma once

/// How alike two ranked lists are, on plain arrays: ids best first, no id twice in a list. No value
/// (nullopt) where there is nothing to compare.

#include <cstdint>
#include <optional>
#include <span>

namespace assay::stats {

using RankedList = std::span<const int32_t>;

/// Ids that both hold / ids of the longer one, in [0, 1]. None where both are empty.
std::optional<double> overlap(RankedList a, RankedList b);

/// Rank-biased overlap in [0, 1], extrapolated from what the lists show (Webber, Moffat and Zobel
/// 2010, equation 32): the agreement at each depth d, weighted p^(d - 1). 1 where the lists are the
/// same. None where one is empty.
/// @param p  persistence, in (0, 1); higher looks deeper
std::optional<double> rank_biased_overlap(RankedList a, RankedList b, double p);

/// Kendall's tau over the ids that both hold, in [-1, 1] (Kendall 1938). None where they share
/// fewer than two.
std::optional<double> kendall_tau(RankedList a, RankedList b);

/// Kendall's distance of two top-k lists, divided by that of lists of these lengths without a
/// common id: 0 for the same list, 1 for nothing in common (Fagin, Kumar and Sivakumar 2003). An id
/// that a list lacks stands behind all of its own. None where one is empty.
/// @param penalty  of a pair of ids that one list holds and the other lacks, whose order there is
///                 not known: 0.5 neutral, 0 optimistic
std::optional<double> kendall_distance(RankedList a, RankedList b, double penalty);

}  // namespace assay::stats
