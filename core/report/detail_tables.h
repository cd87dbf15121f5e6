#pragma once

#include <string>
#include <vector>

#include "report/board_cells.h"

namespace assay::report {

/// The tables below a leaderboard with all details; a table without rows is left out.
///
/// - Differences from the baseline: the metric, what the board shows beside it, and guardrails,
/// with
///   interval, relative change, corrected p, n and family.
/// - Guardrails: their verdicts, and why.
/// - End-to-end latency of the board's scenario: p50, p95, p99 with intervals, n, and the noise
/// floor.
/// - Relevant items: how many of those that enter a stage its output still holds, in per cent.
std::vector<BoardCells> detail_tables(const Comparison& comparison, const std::string& dataset);

}  // namespace assay::report
