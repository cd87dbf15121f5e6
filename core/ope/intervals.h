#pragma once

#include <cstdint>
#include <optional>

#include "ope/estimate.h"
#include "ope/estimators.h"

namespace assay::ope {

/// value -+ z(1 - alpha / 2) standard_error.
stats::Interval normal_interval(double value, double standard_error, double alpha);

/// The empirical Bernstein interval of a mean of n independent numbers from `range` (Maurer and
/// Pontil 2009, theorem 4, both sides): sqrt(2 V ln(4 / alpha) / n) + 7 |range| ln(4 / alpha) /
/// (3 (n - 1)) either way. It holds at every n, and is wide.
/// @param standard_error  sqrt(V / n); n at least 2
stats::Interval bernstein_interval(double value, double standard_error, int64_t n,
                                   const stats::Interval& range, double alpha);

/// The range of a round's part in an estimate with weights up to `bound`: of w r, or of
/// v + w (r - q) with v and q in the range of rewards.
stats::Interval range_of_rounds(const stats::Interval& rewards, double bound, bool has_model);

/// The confidence sequence of core/stats at n independent units.
std::optional<stats::Interval> sequence_interval(double value, double standard_error, int64_t n,
                                                 const Options& options);

/// Fills normal and sequence from value and standard error.
void add_intervals(PolicyEstimate& estimate, int64_t units, const Options& options);

}  // namespace assay::ope
