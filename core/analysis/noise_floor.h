#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "analysis/timings.h"

namespace assay::analysis {

/// How far two variants' quantiles may lie apart, in ms, though nothing differs between them: what
/// the machine shows by itself under one load.
///
/// The larger of two:
/// - what the baseline's two timings differ by;
/// - from round to round: the logarithm of the quantile of each round, less its mean over the rounds
///   of the same variant in the same pass, gives a pooled standard deviation s with d degrees of
///   freedom over all variants and earlier passes of the same trials; two means of r rounds differ
///   by chance by less than t(1 - alpha/2, d) s sqrt(2 / r), of the baseline's quantile.
///
/// None where the baseline was timed once and no variant has two rounds.
std::optional<double> noise_floor(const RunTimings& timings, const TimedStage& baseline,
                                  double quantile, double alpha);

}  // namespace assay::analysis
