#pragma once

#include <string>
#include <vector>

#include "report/comparison.h"

namespace assay::report {

/// What failed, a line for each variant, data set and reason; seeds that failed likewise are named
/// together. "1 of 12 variants failed:" comes first. None where nothing failed.
/// @param command  how to see more: "assay compare x.sqlite --failures"
std::vector<std::string> failure_lines(const Comparison& comparison, const std::string& command);

/// Every failure whole: where it happened, and all of its reason.
std::vector<std::string> failure_details(const Comparison& comparison);

/// Trials that were neither done nor failed, one line; empty where there are none.
std::string missing_line(const Comparison& comparison);

}  // namespace assay::report
