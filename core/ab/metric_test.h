#pragma once

#include <optional>

#include "ab/design.h"
#include "ab/gathering.h"
#include "stats/estimate.h"
#include "stats/two_samples.h"

namespace assay::ab {

/// The test of one metric of one arm against the control.
struct MetricTest {
  stats::Difference difference;  ///< arm minus control; `excluded` counts units without a value
  std::optional<double> theta;   ///< CUPED's coefficient
};

/// Welch's test of means, of proportions where both arms have zeros and ones alone, of CUPED's
/// adjusted means, of ratios of sums or of quantiles, as the metric asks for.
MetricTest test_metric(const Cell& control, const Cell& arm, const Metric& metric,
                       const stats::WelchOptions& options);

/// The value of a metric with its interval.
stats::Estimate value_of(const Cell& cell, const Metric& metric, double alpha);

/// Units of each arm that a test of two equal arms needs to see a difference. Rounded up; absent
/// where the metric has no spread.
struct UnitsNeeded {
  std::optional<double> plain, cuped;
};
/// @param cell    of the metric, of units that no difference has reached
/// @param effect  in the metric's unit, not 0
UnitsNeeded units_needed(const Cell& cell, const Metric& metric, double effect,
                         const Design& design);

}  // namespace assay::ab
