#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "report/comparison.h"
#include "task/outcomes.h"

namespace assay::report {

/// A column beside the metric: another metric, or a quantile of the time end to end.
struct BoardColumn {
  std::string header;      ///< "coverage@10", "p99 ms"
  std::string definition;  ///< of a metric; `latency_ms` for a time
  int cutoff = 0;
  std::string scenario;
  double quantile = 0.0;
  bool percent = false;  ///< a share of the catalogue

  bool is_time() const { return !scenario.empty(); }
};

struct BoardCell {
  std::optional<double> value;
  bool broken = false;  ///< it breaks a guardrail
  std::string reason;   ///< why there is no value
};

/// One variant on one data set.
struct BoardRow {
  std::string variant;
  bool is_baseline = false;
  std::string letters;
  task::TrialStatus status = task::TrialStatus::done;
  std::optional<results::SummaryRow> metric;
  bool metric_broken = false;
  std::vector<BoardCell> cells;  ///< as many as there are columns
};

/// The leaderboard of one data set: best first, then what has no result.
struct Board {
  std::string dataset;
  std::vector<BoardColumn> columns;
  std::vector<BoardRow> rows;
  std::optional<int64_t> n;              ///< requests behind the means
  std::optional<int64_t> seeds;          ///< most that were averaged
  std::optional<double> noise_floor_ms;  ///< of p99
  /// Least and most of the variants, where some verdict is open for too few requests.
  std::optional<std::pair<double, double>> detectable;

  bool any_letters() const;
  bool any_broken() const;
  bool any_sd() const;
};

/// What stands beside the metric on every board: coverage and diversity at its cutoff, what
/// guardrails are about, p50 and p99.
std::vector<BoardColumn> board_columns(const Comparison& comparison);

Board make_board(const Comparison& comparison, const std::string& dataset);

/// The default definition of a metric, or another one that the run has, at the comparison's cutoff;
/// empty where there is none.
std::string definition_at_cutoff(const Comparison& comparison, const std::string& name);

}  // namespace assay::report
