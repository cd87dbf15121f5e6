#pragma once

/// What variants earned, and showed, on the days of a loop.

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "report/board_cells.h"
#include "results/reader.h"

namespace assay::report {

/// A row for every variant of a data set: expected clicks on the first day, on the last one and on
/// all, the difference to the baseline on all, then coverage, Gini and diversity, each on the first
/// and the last day. With `all` a row for every variant and day instead. Without rows where there is
/// no loop.
BoardCells loop_cells(const results::Reader& reader, int64_t run_id, const std::string& dataset,
                      bool all);

/// What the numbers of loop_cells are, and why some are missing; a text a line.
std::vector<std::string> loop_footer(const results::Reader& reader, int64_t run_id,
                                     const std::string& dataset);

/// [{"variant", "dataset", "day", "measure", "requests", "value", "difference", "ci_low", "ci_high",
/// "reason"}]; day 0: all of them together. Empty where there is no loop.
nlohmann::ordered_json loop_json(const results::Reader& reader, int64_t run_id);

}  // namespace assay::report
