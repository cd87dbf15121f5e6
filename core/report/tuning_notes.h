#pragma once

/// What a run's tuned variants were tuned with: values, budgets, best so far.

#include <string>
#include <vector>

#include "report/board_cells.h"
#include "report/comparison.h"
#include "results/database.h"

namespace assay::report {

/// A row a tuned variant of the data set: what was chosen, trials (pruned and failed ones among
/// them), time, and the best value on the validation window after a quarter, half and all of its
/// trials. Without rows where no variant is tuned.
BoardCells tuning_cells(const Comparison& comparison, const results::Database& database,
                        const std::string& dataset);

/// Where some variants are tuned: whether all had the same budget, and which had none.
std::string tuning_footer(const Comparison& comparison, const results::Database& database,
                          const std::string& dataset);

/// Where variants are members of a grid: that they are compared on the test window. Else empty.
std::string grid_note(const Comparison& comparison);

}  // namespace assay::report
