#pragma once

/// What the policies of a run would have earned on its logged requests.

#include <vector>

#include "analysis/analyse.h"
#include "analysis/run_samples.h"
#include "results/policy_rows.h"

namespace assay::analysis {

/// What the log itself earned is estimated under this name, its mean.
inline constexpr char kOnPolicy[] = "on_policy";
/// What a policy really earns on the rows of a simulated log, in expectation.
inline constexpr char kTruth[] = "truth";

/// Rows of every variant with a policy, data set and fold: the log itself, then each estimator of
/// core/ope, then the truth where the log was simulated; with the interval by bootstrap where there is one, else the normal one. What the log does
/// not carry has a reason and no number. Empty where no variant has a policy.
std::vector<results::PolicyValueRow> policy_values(const RunSamples& samples, int64_t run_id,
                                                   const AnalysisSettings& settings);

}  // namespace assay::analysis
