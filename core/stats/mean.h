#pragma once

#include <optional>
#include <span>

#include "stats/estimate.h"
#include "stats/gathered.h"

namespace assay::stats {

/// The mean of per-request values with Student's t interval: mean -+ t(1 - alpha/2, n-1) s/sqrt(n)
/// (Student 1908).
///
/// NaN is "no data": left out and counted in `excluded`. With n = 0 there is no value, with n = 1
/// a value but no interval, each with its reason. Where all values are equal the interval has width
/// 0, and `reason` says so.
/// @param alpha  1 - level of the interval, in (0, 1); anything else is an InternalError
Estimate mean_interval(std::span<const double> values, double alpha = 0.05);
Estimate mean_interval(std::span<const float> values, double alpha = 0.05);
/// The same of a sample that was gathered; with clusters the interval is over them.
Estimate mean_interval(const Gathered& sample, double alpha = 0.05);

/// The standard deviation (divisor S - 1) of the means of S seeds, as it stands behind the
/// leaderboard's +-. Absent for fewer than two seeds: one seed shows no spread, which is not 0.
std::optional<double> sd_over_seeds(std::span<const double> means_by_seed);

}  // namespace assay::stats
