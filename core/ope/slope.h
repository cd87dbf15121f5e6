#pragma once

#include <cstddef>
#include <span>

namespace assay::ope {

/// One estimate of a family with less and less variance and more and more bias.
struct Candidate {
  double value = 0.0;
  double half_width = 0.0;  ///< of its confidence interval around its own mean
};

/// The place of the estimate that SLOPE chooses (Su, Srinath and Krishnamurthy 2020, "Adaptive
/// estimator selection for off-policy evaluation", algorithm 1): the last one, up to which all
/// intervals value -+ 2 half_width have a point in common. Its error is at most a constant times
/// the best of the family's, without knowing any bias.
/// @param candidates  the least biased first, at least one
size_t slope(std::span<const Candidate> candidates);

}  // namespace assay::ope
