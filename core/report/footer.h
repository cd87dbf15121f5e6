#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "report/board.h"

namespace assay::report {

/// A line of notes, part by part.
using FooterLine = std::vector<std::string>;

/// The parts, set apart by " · ".
std::string joined(const FooterLine& line);
/// The same, broken between parts where that is wider than `width`, and within one only where that
/// alone is too wide.
std::string wrapped(const FooterLine& line, size_t width = 120);

/// What stands below a leaderboard: what letters and marks mean, the noise floor; how the data were
/// split and masked, which they are, how often their test window was looked at.
std::vector<FooterLine> board_footer(const Comparison& comparison, const Board& board);

/// What holds for all boards: the metric's definition and margin, which run of several, commit,
/// machine and build.
FooterLine run_footer(const Comparison& comparison);

/// A loud line where a build with debug checks made the numbers; else empty.
std::string debug_warning(const Comparison& comparison);

}  // namespace assay::report
