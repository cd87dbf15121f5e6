#pragma once

/// What served lists really earn in a simulated world.

#include <vector>

#include "analysis/run_samples.h"
#include "results/policy_rows.h"

namespace assay::analysis {

/// The estimator under which it stands in `policy_values`.
inline constexpr char kServedClicks[] = "served_clicks";

/// Of every variant, data set and fold of a simulated world: expected clicks a request on the lists
/// that were served, by the world's click model; the mean over seeds. Empty without such data sets.
std::vector<results::PolicyValueRow> served_clicks(const RunSamples& samples, int64_t run_id);

}  // namespace assay::analysis
