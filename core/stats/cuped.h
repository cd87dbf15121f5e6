#pragma once

#include <span>

#include "stats/pair_moments.h"
#include "stats/two_samples.h"

namespace assay::stats {

/// A metric and the same users' covariate from before the experiment (their past clicks, say),
/// one of each a user.
struct CovariateSample {
  std::span<const double> before;
  std::span<const double> metric;
};

/// A difference with the coefficient that took the covariate out.
struct AdjustedDifference {
  Difference difference;
  double theta = 0.0;
};

/// CUPED (Deng, Xu, Kohavi & Walker 2013): the metric less theta times the covariate, tested by
/// Welch, B minus A. theta = cov(before, metric) / var(before) over the rows of both groups
/// together; the variance of a group is s_metric^2 + theta^2 s_before^2 - 2 theta cov. A relative
/// effect is divided by the unadjusted mean of A.
///
/// A row with NaN on either side is left out and counted. Where the covariate has no spread theta
/// is 0: plain Welch. Lengths that differ within a group are an InternalError.
AdjustedDifference cuped(const CovariateSample& a, const CovariateSample& b,
                         const WelchOptions& options = {});

/// The same of the moments of each group: x the covariate, y the metric.
AdjustedDifference cuped(const PairMoments& a, const PairMoments& b,
                         const WelchOptions& options = {});

/// The same as a regression: least squares metric ~ 1 + is_B + before, with one slope and one
/// residual variance for both groups (Fisher 1932, analysis of covariance). Two-sided; theta is the
/// slope within groups. Needs more than three rows.
AdjustedDifference ancova(const CovariateSample& a, const CovariateSample& b, double alpha = 0.05);

}  // namespace assay::stats
