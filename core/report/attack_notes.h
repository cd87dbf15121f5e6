#pragma once

/// What variants that learn from a changed log learn from, and what attacks did.

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "report/board_cells.h"
#include "results/reader.h"

namespace assay::report {

/// A row for every attacked variant of a data set beside its twin. Without rows where there is none.
BoardCells attack_cells(const results::Reader& reader, int64_t run_id, const std::string& dataset);

/// "als_attacked learns from another log than it is measured on: ...", a line a variant.
std::vector<std::string> changed_log_lines(const results::Reader& reader, int64_t run_id);

/// What the numbers of attack_cells are, and why some are missing; a text a line.
std::vector<std::string> attack_footer(const results::Reader& reader, int64_t run_id,
                                       const std::string& dataset);

/// "als_attacked shows a target in 0.120 of its lists, als in 0.010 ...", a line an attacked variant.
std::vector<std::string> attack_lines(const results::Reader& reader, int64_t run_id,
                                      const std::string& dataset);

/// [{"variant", "dataset", "fold", "perturb", "augment", "twin", "targets", "requests", "hit_ratio",
/// "twin_hit_ratio", "hit_shift", "ci_low", "ci_high", "targets_per_list", "twin_targets_per_list",
/// "rank_shift", "prediction_shift", "scored", "reason"}]: variants with an attack; null where there
/// is none.
nlohmann::ordered_json attack_json(const results::Reader& reader, int64_t run_id);

}  // namespace assay::report
