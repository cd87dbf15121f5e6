#pragma once

#include <string>
#include <vector>

#include "report/comparison.h"

namespace assay::report {

/// A slice with fewer requests than this is not called the worst: its difference is mostly noise.
inline constexpr std::int64_t kRequestsOfASlice = 30;

/// Where a variant does worst against the baseline on the metric shown, one sentence a variant and
/// data set: "Worst slice of ease: users: cold, -0.012 [-0.020, -0.004], n = 188 (exploratory)."
/// The worst is the one whose difference is least good. None where the run has no slices.
std::vector<std::string> worst_slices(const Comparison& comparison);

}  // namespace assay::report
