#pragma once

#include <cstdint>
#include <limits>

#include "ope/block.h"
#include "ope/estimators.h"

namespace assay::ope {

/// What a reward may be, bounds included.
struct RewardBounds {
  double least = std::numeric_limits<double>::lowest();
  double most = std::numeric_limits<double>::max();
};
RewardBounds bounds_of(const Options& options);

/// pi(a|x) and sums of pi were computed in float: how far they may lie above 1, or beside it.
inline constexpr double kProbabilityRounding = 1e-6;
inline constexpr double kTotalRounding = 1e-3;

/// The least number above 0.
inline constexpr double kLeastPropensity = std::numeric_limits<double>::denorm_min();

/// What one look at a block showed.
struct BlockFacts {
  bool usable = true;               ///< no column holds what it may not
  bool model_in_range = true;       ///< q and value lie where rewards do
  bool deterministic = true;        ///< pi is 0 or 1 everywhere
  double sum = 0.0, squares = 0.0;  ///< of the rewards less the centre
  double largest_weight = 0.0;
  double least_propensity = 1.0, most_propensity = 0.0, least_policy = 0.0;
};

/// Turns columns into a block less `centre`, and looks at every number.
/// @param columns  1 .. kBlockRounds rounds
template <typename Number>
BlockFacts read_block(const Columns<Number>& columns, double centre, const RewardBounds& bounds,
                      Block& block);

}  // namespace assay::ope
