#pragma once

#include <span>
#include <vector>

#include "stats/bootstrap.h"

namespace assay::ope {

/// Sum of numerators / sum of denominators over resampled units, a number a resample. Not finite
/// where a resample has no denominator.
/// @param numerator, denominator  a number a unit
std::vector<double> resampled_ratios(std::span<const double> numerator,
                                     std::span<const double> denominator,
                                     const stats::BootstrapOptions& options);

}  // namespace assay::ope
