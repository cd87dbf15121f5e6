#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "analysis/run_samples.h"
#include "results/analysis_rows.h"
#include "task/experiment.h"

namespace assay::analysis {

/// How far the served lists of each variant are those of the baseline: the leaderboard's lines of
/// those of `metrics` that ask for the baseline (overlap, rank-biased overlap, Kendall), computed
/// from the kept lists: they say how two variants differ, so no trial has them. Seeds are paired in
/// order, a side without seeds with each of the other's. `run_id` is not set.
///
/// Nothing where the baseline is not complete, and of a variant that was given other requests.
std::vector<results::SummaryRow> baseline_agreement(const RunSamples& samples,
                                                    const std::string& baseline,
                                                    const std::vector<task::MetricAt>& metrics,
                                                    double alpha);

/// Whether a definition is one of these.
bool is_of_baseline(std::string_view definition);

}  // namespace assay::analysis
