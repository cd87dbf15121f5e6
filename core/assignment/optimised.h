#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "assignment/interleaving.h"

namespace assay::assignment {

/// Lists of an optimised interleaving with their probabilities.
struct OptimisedLists {
  std::vector<RankedList> lists;            ///< those that may be shown
  std::vector<double> probabilities;        ///< of each; they sum to 1
  std::vector<std::vector<double>> credit;  ///< of each item of each list: above 0 for b

  const RankedList& drawn(const Draw& draw) const;
  /// {a, b}: the credit of the clicked items of lists[list], each to the ranker that it speaks for.
  std::vector<double> credit_of(size_t list, std::span<const char> clicks) const;
};

/// Longest list that can be optimised; the number of lists doubles with every item.
inline constexpr size_t kMostOptimised = 10;

/// Optimised interleaving of two lists (Radlinski & Craswell 2013). Every prefix of a list that may
/// be shown ends in the best item of either ranker that was not above it. Their probabilities are
/// such that a user who clicks on any of the first k items alike gives both rankers the same credit
/// on average, for every k, and that clicks tell as much as they can under that: a click at rank i
/// counts 1 / i, and a list where they speak for both sides tells more than one where they speak for
/// one, or for none. The credit of an item is the difference of its ranks (linear; an item that a
/// list lacks stands behind its end).
/// None where no probabilities are fair. A length above kMostOptimised is an InternalError.
std::optional<OptimisedLists> optimised(const RankedList& a, const RankedList& b, size_t length);

/// Maximises objective . x over x >= 0 with rows x = bounds, by the two-phase simplex method with
/// Bland's rule (1977), which ends. None where no x fits.
/// @param rows    of equal lengths, those of the objective; @param bounds  none negative
std::optional<std::vector<double>> solve_linear_program(
    const std::vector<std::vector<double>>& rows, const std::vector<double>& bounds,
    const std::vector<double>& objective);

}  // namespace assay::assignment
