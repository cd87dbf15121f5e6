#pragma once

#include <string>
#include <vector>

#include "report/board.h"

namespace assay::report {

/// What stands below a leaderboard: what letters and marks mean, the noise floor, the metric's
/// definition, split and masks, data and commit, machine and build. One unwrapped line each, its
/// parts set apart by " · ".
std::vector<std::string> board_footer(const Comparison& comparison, const Board& board);

/// What holds for all boards: machine, build, and how often the test window was looked at.
std::vector<std::string> run_footer(const Comparison& comparison);

/// A loud line where a build with debug checks made the numbers; else empty.
std::string debug_warning(const Comparison& comparison);

}  // namespace assay::report
