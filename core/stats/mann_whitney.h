#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "stats/estimate.h"

namespace assay::stats {

struct MannWhitneyOptions {
  /// Up to this many values on a side, none tied, the exact distribution is used; 0 asks for the
  /// normal approximation always.
  int64_t exact_up_to = 50;
  /// Moves the statistic half a unit towards its mean in the normal approximation.
  bool continuity_correction = true;
};

/// Whether values of B tend to be larger than those of A. `reason` is set where nothing could be
/// tested: a side without values, or all values equal.
struct MannWhitney {
  double u = 0.0;  ///< pairs with B above A, ties counting half
  double p_two_sided = 1.0;
  int64_t n = 0;         ///< values of both samples
  int64_t excluded = 0;  ///< NaN
  std::string method;
  std::string reason;
};

/// The Mann-Whitney U test (Mann & Whitney 1947): exact by counting arrangements, otherwise normal
/// with mid-ranks and the variance corrected for ties (Lehmann 1975, section 1.4).
MannWhitney mann_whitney(std::span<const double> a, std::span<const double> b,
                         const MannWhitneyOptions& options = {});

/// By how much values of B lie above those of A, if that is all in which they differ: the interval
/// of Moses (Hollander & Wolfe 1999, section 4.3), which leaves out exactly the shifts that the
/// exact test rejects at `alpha`. None where so few values can reject nothing.
std::optional<Interval> shift_interval(std::span<const double> a, std::span<const double> b,
                                       double alpha);

}  // namespace assay::stats
