#pragma once

#include "report/comparison.h"

namespace assay::report {

/// Smallest difference of interest where the file names none, as a share of the baseline's mean.
inline constexpr double kSmallestOfInterest = 0.02;

/// Whether a difference of a metric that is not the primary one is large enough for words: as
/// `compare.smallest_differences` of the file has it for the metric, by its name with or without the
/// cutoff; else kSmallestOfInterest. With enough requests everything is significant.
bool is_of_interest(const Comparison& comparison, const results::ComparisonRow& row);

}  // namespace assay::report
