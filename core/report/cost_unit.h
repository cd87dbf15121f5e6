#pragma once

#include <string>

#include "results/analysis_rows.h"

namespace assay::report {

/// A difference as it is written, with the unit of what fitting takes behind it ("+3 s"); of metrics,
/// which have none, as it is.
/// @param text  "+3"
std::string with_cost_unit(const std::string& text, const results::ComparisonRow& row);

}  // namespace assay::report
