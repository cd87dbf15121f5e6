#pragma once

#include <span>

#include "stats/sign_flip.h"

namespace assay::stats {

/// Up to so many relabelings all of them are enumerated.
inline constexpr double kExactRelabelings = 100'000.0;

/// The outcome of a two-sample permutation test; `mean` is mean B - mean A.
struct RelabelingResult : PermutationResult {
  double p_less = 1.0;  ///< share of relabelings with a difference at most as large

  double p_twice_smaller_tail() const;
};

/// Fisher's randomisation test of two independent samples (Pitman 1937): under "no difference"
/// any n_B of the values could have been B's.
///
/// Exact where there are at most kExactRelabelings ways; above, `resamples` random ones are drawn
/// and p = (1 + extreme) / (1 + resamples) (Phipson & Smyth 2010). The two-sided p is the share of
/// relabelings with an absolute difference at least as large; scipy's is twice the smaller tail
/// instead, which is `p_twice_smaller_tail` of this result.
/// @param a, b  finite. A side without values gives p = 1
RelabelingResult permutation_test(std::span<const double> a, std::span<const double> b,
                                  const BootstrapOptions& options = {});

}  // namespace assay::stats
