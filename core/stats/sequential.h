#pragma once

#include "stats/estimate.h"

namespace assay::stats {

struct SequentialOptions {
  double alpha = 0.05;
  /// The number of values, both samples together, at which the interval is tightest. Best near the
  /// size at which a decision is expected; set it before the first look.
  double tuning = 5000.0;
};

/// An interval and a p that hold at every sample size at once, so that one may look after every
/// value and stop when one likes: the asymptotic confidence sequence of Waudby-Smith et al. 2023,
/// theorem 2.2, from a test with a fixed size.
///
/// With N values, V their effect's variance and rho^2 = (-2 ln a + ln(-2 ln a + 1)) / tuning, the
/// half width is sqrt(V N) sqrt(2 (N rho^2 + 1) ln(sqrt(N rho^2 + 1) / a) / (N rho)^2), and
/// p = min(1, 1/e) of the mixture's e-value (Howard et al. 2021).
/// @param fixed  value, standard error and n of a two-sided test (welch, cuped, ratio_difference);
///               where they are absent it comes back unchanged, with its reason
Difference always_valid(const Difference& fixed, const SequentialOptions& options = {});

}  // namespace assay::stats
