#include "ab/metric_test.h"

#include <algorithm>
#include <cmath>

#include "stats/cuped.h"
#include "stats/gathered.h"
#include "stats/mean.h"
#include "stats/power.h"
#include "stats/proportions.h"
#include "stats/quantile_welch.h"
#include "stats/ratio.h"

namespace assay::ab {

namespace {

/// Moments of zeros and ones as those of a proportion.
stats::Moments proportion_of(const Cell& cell) {
  const auto n = static_cast<double>(cell.moments.n);
  return stats::moments_of_proportion(cell.moments.n, std::llround(cell.moments.mean * n));
}

}  // namespace

MetricTest test_metric(const Cell& control, const Cell& arm, const Metric& metric,
                       const stats::WelchOptions& options) {
  switch (metric.kind) {
    case MetricKind::ratio:
      return {stats::ratio_difference(control.pair, arm.pair, options), std::nullopt};
    case MetricKind::quantile:
      return {stats::quantile_test(control.values, arm.values, metric.quantile, options),
              std::nullopt};
    case MetricKind::mean:
      break;
  }
  MetricTest result;
  if (metric.before.empty()) {
    const bool both = control.zeros_and_ones && arm.zeros_and_ones;
    result.difference = both ? stats::welch(proportion_of(control), proportion_of(arm), options)
                             : stats::welch(control.moments, arm.moments, options);
  } else {
    const stats::AdjustedDifference cuped = stats::cuped(control.pair, arm.pair, options);
    result = {cuped.difference, cuped.theta};
    result.difference.excluded = control.without_before + arm.without_before;
  }
  result.difference.excluded += control.missing + arm.missing;
  return result;
}

stats::Estimate value_of(const Cell& cell, const Metric& metric, double alpha) {
  if (cell.zeros_and_ones) {
    const stats::Moments proportion = proportion_of(cell);
    const auto successes = std::llround(proportion.mean * static_cast<double>(proportion.n));
    return stats::proportion(successes, proportion.n, stats::ProportionInterval::wilson, alpha);
  }
  stats::Gathered sample;
  sample.moments = cell.moments;
  sample.excluded = cell.missing;
  if (cell.moments.n == 0) sample.reason = "no unit has a value";
  if (metric.kind == MetricKind::ratio && cell.moments.n > 0) {
    if (cell.pair.y.mean == 0.0) {
      sample.reason = "the denominators sum to 0";
      sample.moments.n = 0;
    } else {
      sample.moments = stats::ratio_moments(cell.pair);
    }
  } else if (metric.kind == MetricKind::quantile && cell.moments.n > 0) {
    std::vector<double> sorted = cell.values;
    std::ranges::sort(sorted);
    sample.moments = stats::quantile_moments(sorted, metric.quantile);
  } else if (cell.constant) {
    sample.constant = cell.moments.mean;
  }
  return stats::mean_interval(sample, alpha);
}

UnitsNeeded units_needed(const Cell& cell, const Metric& metric, double effect,
                         const Design& design) {
  stats::Moments moments = cell.zeros_and_ones ? proportion_of(cell) : cell.moments;
  if (metric.kind == MetricKind::ratio && cell.pair.y.mean != 0.0)
    moments = stats::ratio_moments(cell.pair);
  UnitsNeeded needed;
  if (moments.variance <= 0.0) return needed;
  const stats::PowerOptions options{.alpha = design.alpha, .power = design.power};
  const double sd = std::sqrt(moments.variance);
  needed.plain = std::ceil(stats::values_needed_per_group(effect / sd, options));
  const stats::PairMoments& pair = cell.pair;
  if (metric.before.empty() || pair.x.variance <= 0.0) return needed;
  const double left = pair.y.variance - pair.covariance * pair.covariance / pair.x.variance;
  if (left > 0.0)
    needed.cuped = std::ceil(stats::values_needed_per_group(effect / std::sqrt(left), options));
  return needed;
}

}  // namespace assay::ab
