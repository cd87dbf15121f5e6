#pragma once

#include <span>
#include <vector>

namespace assay::stats {

/// Ranks of values, and how they are tied.
struct Ranks {
  std::vector<double> ranks;  ///< of each value, from 1; equal ones share their mean rank
  std::vector<double> ties;   ///< sizes of the groups of equal values, those of one left out

  /// Sum of t^3 - t over the groups: what tie corrections are made of.
  double tie_term() const;
};

/// Mid-ranks (Kendall 1945).
/// @param values  finite
Ranks mid_ranks(std::span<const double> values);

}  // namespace assay::stats
