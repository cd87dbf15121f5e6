#pragma once

#include <string>
#include <vector>

#include "analysis/run_samples.h"
#include "report/comparison.h"

namespace assay::report {

/// Where the error of each variant's difference from the baseline on the comparison's metric comes
/// from: which requests there were, and which seeds were drawn (stats/seeds.h). Only of variants
/// with enough seeds to tell, on all requests of all folds. It says what to add: seeds, or
/// requests.
std::vector<ErrorSource> error_sources(const Comparison& comparison,
                                       const analysis::RunSamples& samples);

}  // namespace assay::report
