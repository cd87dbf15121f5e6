#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "stats/bootstrap.h"
#include "stats/estimate.h"

namespace assay::stats {

/// Two-sided and one-sided p of a permutation test.
struct PermutationResult {
  double mean = 0.0;         ///< of the differences; 0 where n = 0
  double p_two_sided = 1.0;  ///< share of flips with |mean| at least as large
  double p_greater = 1.0;    ///< share of flips with a mean at least as large
  int64_t n = 0;
  bool exact = false;  ///< all 2^n flips were looked at
  std::string method;
};

/// Up to this many differences all 2^n sign flips are enumerated.
inline constexpr int kExactSignFlips = 16;

/// Fisher's (1935) randomisation test of paired differences: under "no difference" each sign is a
/// coin toss.
///
/// Exact up to n = 16: p is the share of flips at least as extreme, the observed one among them.
/// Above, `resamples` random flips are drawn and p = (1 + extreme) / (1 + resamples) (Phipson &
/// Smyth 2010), never 0. Means that differ by less than 1e-7 of the mean absolute difference count
/// as equal, so that rounding does not break ties.
/// n = 0 and all differences zero give p = 1.
/// @param differences  finite
PermutationResult sign_flip_test(std::span<const double> differences,
                                 const BootstrapOptions& options = {});

}  // namespace assay::stats
