#pragma once

#include <array>
#include <string>

#include "cli/export_release.h"

namespace assay::cli {

/// The stable views, all of them.
inline constexpr std::array kExportedViews = {
    "leaderboard",   "comparisons",   "stage_loss",      "unknown_requests", "latency_summary",
    "load_counts",   "resources",     "learning_curves", "failures",         "validation_metrics",
    "tuning_trials", "policy_values", "attributions",    "loop_days",
};

/// The stable views of a run, one file each: leaderboard.csv, comparisons.csv, ...
void export_csv(Release& release, const std::string& folder);

/// The same, a list of objects each, with the run, in one file run.json.
void export_json(Release& release, const std::string& folder);

}  // namespace assay::cli
