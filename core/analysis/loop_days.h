#pragma once

/// What the variants of a loop earned and showed, day by day.

#include <string>
#include <vector>

#include "analysis/analyse.h"
#include "analysis/run_samples.h"
#include "results/loop_table.h"

namespace assay::analysis {

/// A row for every variant, data set, day (0: all of them together) and measure of a run with a loop;
/// empty of any other. From the kept lists, means over seeds:
///
///  - clicks: expected clicks a request, by the click model of the world: the true value;
///  - diversity: 1 - mean cosine of the hidden factors of two items of a list;
///  - coverage, gini: share of the items that are shown at all, and how unevenly, of a day.
///
/// Differences to the baseline of clicks and diversity have Student's interval, paired request by
/// request (by user, where they ask several times); those of coverage and gini a normal interval from
/// resamples of the users (analysis/catalogue_bootstrap.h).
std::vector<results::LoopDayRow> loop_days(const RunSamples& samples, int64_t run_id,
                                           const std::string& baseline,
                                           const AnalysisSettings& settings);

}  // namespace assay::analysis
