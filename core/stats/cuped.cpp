#include "stats/cuped.h"

#include <cmath>
#include <vector>

#include "error/error.h"
#include "stats/distributions.h"
#include "stats/joined.h"

namespace assay::stats {

namespace {

/// The rows of a group that have both numbers.
struct Rows {
  std::vector<double> before, metric;
  int64_t excluded = 0;

  explicit Rows(const CovariateSample& sample) {
    error::require(sample.before.size() == sample.metric.size(),
                   "each row has a covariate and a metric");
    for (size_t i = 0; i < sample.before.size(); ++i) {
      if (!std::isfinite(sample.before[i]) || !std::isfinite(sample.metric[i])) {
        ++excluded;
        continue;
      }
      before.push_back(sample.before[i]);
      metric.push_back(sample.metric[i]);
    }
  }

  PairMoments moments() const { return pair_moments_of(before, metric); }
};

Moments adjusted(const PairMoments& group, double theta) {
  return {group.x.n, group.y.mean - theta * group.x.mean,
          group.y.variance + theta * theta * group.x.variance - 2.0 * theta * group.covariance};
}

double slope(double covariance, double variance) {
  return variance > 0.0 ? covariance / variance : 0.0;
}

}  // namespace

AdjustedDifference cuped(const CovariateSample& a, const CovariateSample& b,
                         const WelchOptions& options) {
  const Rows left(a);
  const Rows right(b);
  AdjustedDifference result = cuped(left.moments(), right.moments(), options);
  result.difference.excluded = left.excluded + right.excluded;
  return result;
}

AdjustedDifference cuped(const PairMoments& a, const PairMoments& b, const WelchOptions& options) {
  const PairMoments all = joined(a, b);
  AdjustedDifference result;
  result.theta = slope(all.covariance, all.x.variance);
  const AdjustedGroups groups{adjusted(a, result.theta), adjusted(b, result.theta), a.y.mean,
                              b.y.mean};
  result.difference = welch(groups, options, "CUPED, Welch's t");
  return result;
}

AdjustedDifference ancova(const CovariateSample& a, const CovariateSample& b, double alpha) {
  require_probability(alpha, "alpha");
  const Rows left(a);
  const Rows right(b);
  const PairMoments group_a = left.moments();
  const PairMoments group_b = right.moments();
  const auto free_a = static_cast<double>(group_a.x.n - 1);
  const auto free_b = static_cast<double>(group_b.x.n - 1);
  AdjustedDifference result;
  Difference& difference = result.difference;
  difference.n = group_a.x.n + group_b.x.n;
  difference.excluded = left.excluded + right.excluded;
  difference.alpha = alpha;
  difference.method = "analysis of covariance";
  if (group_a.x.n < 1 || group_b.x.n < 1 || difference.n < 4) {
    difference.reason = "a regression on group and covariate needs at least 4 rows";
    return result;
  }
  const double xx = free_a * group_a.x.variance + free_b * group_b.x.variance;
  const double xy = free_a * group_a.covariance + free_b * group_b.covariance;
  const double yy = free_a * group_a.y.variance + free_b * group_b.y.variance;
  result.theta = slope(xy, xx);
  const double apart = group_b.x.mean - group_a.x.mean;
  difference.value = group_b.y.mean - group_a.y.mean - result.theta * apart;
  const double degrees = static_cast<double>(difference.n) - 3.0;
  const double residual = (yy - result.theta * xy) / degrees;
  if (residual <= 0.0 || xx <= 0.0) {
    difference.reason = "nothing is left to estimate an error from";
    return result;
  }
  const double error =
      std::sqrt(residual * (1.0 / (free_a + 1.0) + 1.0 / (free_b + 1.0) + apart * apart / xx));
  const double half = t_quantile(1.0 - alpha / 2.0, degrees) * error;
  difference.standard_error = error;
  difference.degrees_of_freedom = degrees;
  difference.interval = {*difference.value - half, *difference.value + half};
  difference.p = t_two_sided(*difference.value / error, degrees);
  return result;
}

}  // namespace assay::stats
