#pragma once

/// What variants would have earned on logged requests, beside what the log itself earned.

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "report/board_cells.h"
#include "results/policy_rows.h"
#include "results/reader.h"

namespace assay::report {

/// Rows of one data set, of all folds together: what the log itself earned, then each variant with a
/// policy, an estimator a row with interval and diagnostics; what is invalid says so in the place of
/// a number. Without rows where no variant has a policy.
/// @param all  false: only the estimators that a reader needs first, snips and dr
BoardCells policy_cells(const results::Reader& reader, int64_t run_id, const std::string& dataset,
                        bool all);

/// Expected clicks of each variant's served lists, of simulated data sets alone; else without rows.
BoardCells served_clicks_cells(const results::Reader& reader, int64_t run_id,
                               const std::string& dataset);

/// What the numbers are of, and why those that are missing are; a text a line. Empty where there are
/// no rows.
std::vector<std::string> policy_footer(const results::Reader& reader, int64_t run_id,
                                       const std::string& dataset, bool all);

/// [{"dataset", "fold", "variant", "policy", "estimator", "value", "standard_error", "ci_low",
/// "ci_high", "interval", "intervals", "parameters", "rows", "effective_rows", "largest_weight", "mean_weight",
/// "outside_support", "reason", "note"}]; null where there is none.
nlohmann::ordered_json policy_json(const results::Reader& reader, int64_t run_id);

}  // namespace assay::report
