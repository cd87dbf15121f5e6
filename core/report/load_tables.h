#pragma once

#include <optional>
#include <string>
#include <vector>

#include "report/board_cells.h"
#include "report/comparison.h"
#include "report/footer.h"

namespace assay::report {

/// One variant under one load scenario: its times, its rates, and what degraded.
struct LoadLine {
  std::string variant;
  std::vector<const results::LatencyRow*>
      quantiles;                                   ///< all that there are, ascending; at least one
  const analysis::LoadAccount* account = nullptr;  ///< nullptr: the scenario counts nothing

  const results::LatencyRow* at(double quantile) const;
  std::optional<double> offered_qps() const { return quantiles.front()->offered_qps; }
  std::optional<double> achieved_qps() const { return quantiles.front()->achieved_qps; }
  /// Answers less than kKeepsUp of what it lets in: what waits grows for as long as the scenario
  /// lasts, and its times with it.
  bool overloaded() const;
};

/// A variant that answers a smaller share of the requests that it does not shed is overloaded.
inline constexpr double kKeepsUp = 0.9;

struct LoadTable {
  std::string dataset;
  std::string scenario;         ///< JSON
  std::vector<LoadLine> lines;  ///< in the order of the file
};

/// One a scenario under which something was timed on the data set. Refers to the comparison.
std::vector<LoadTable> load_tables(const Comparison& comparison, const std::string& dataset);

/// Whether it says more than the leaderboard: another scenario than that one's, or one with rates.
bool is_beside_board(const Comparison& comparison, const LoadTable& table);

/// "server, 100 requests per second for 2 s".
std::string scenario_text(const std::string& scenario);

/// Percentiles, offered and achieved rate and the shares that degraded, beside one another.
BoardCells load_cells(const Comparison& comparison, const LoadTable& table);
/// Who is overloaded, and the noise floor of p99.
FooterLine load_footer(const Comparison& comparison, const LoadTable& table);

/// "answers 64.2 of 497 requests per second".
std::string rates_text(const LoadLine& line);

}  // namespace assay::report
