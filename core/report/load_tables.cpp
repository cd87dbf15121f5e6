#include "report/load_tables.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "analysis/timings.h"
#include "report/numbers.h"
#include "stats/quantile.h"
#include "task/outcomes.h"
#include "task/settings.h"
#include "text/display_width.h"
#include "text/thousands.h"

namespace assay::report {

namespace {

constexpr double kShownQuantiles[] = {0.5, 0.95, 0.99};
constexpr std::string_view kServer = task::name_of(task::ScenarioKind::server);

const analysis::LoadAccount* account_of(const Comparison& comparison,
                                        const results::LatencyRow& row) {
  const auto found =
      std::ranges::find_if(comparison.loads, [&](const analysis::LoadAccount& account) {
        return account.variant == row.variant && account.dataset == row.dataset &&
               account.scenario == row.scenario;
      });
  return found == comparison.loads.end() ? nullptr : &*found;
}

std::vector<LoadLine> lines_of(const Comparison& comparison, const std::string& dataset,
                               const std::string& scenario) {
  std::vector<LoadLine> lines;
  for (const results::LatencyRow& row : comparison.latencies) {
    if (row.dataset != dataset || row.scenario != scenario) continue;
    if (lines.empty() || lines.back().variant != row.variant)
      lines.push_back({row.variant, {}, account_of(comparison, row)});
    lines.back().quantiles.push_back(&row);
  }
  return lines;
}

/// Two decimals, three where the shortest is below 0.1 ms.
int time_decimals(const LoadTable& table) {
  for (const LoadLine& line : table.lines) {
    for (const double quantile : kShownQuantiles) {
      const results::LatencyRow* row = line.at(quantile);
      if (row != nullptr && row->ms && *row->ms < 0.1) return 3;
    }
  }
  return 2;
}

std::string rate_text(const std::optional<double>& qps) {
  if (!qps) return "-";
  return *qps < 100.0 ? fixed(*qps, 1) : text::thousands(std::llround(*qps));
}

/// "196 of 573 (34 %)", "0 of 573".
std::string degraded_text(const analysis::LoadAccount& account) {
  std::string text = fmt::format("{} of {}", text::thousands(account.degraded()),
                                 text::thousands(account.arrived()));
  if (account.degraded() == 0) return text;
  const double percent =
      100.0 * static_cast<double>(account.degraded()) / static_cast<double>(account.arrived());
  const bool tiny = percent < 0.05;
  return text + (tiny ? " (< 0.1 %)" : fmt::format(" ({} %)", fixed(percent, percent < 9.95)));
}

/// Which columns a table has beside the percentiles: no rates where requests wait for answers, and
/// of kinds those that came up.
struct Columns {
  bool offered = false, counts = false;
  std::vector<task::LoadColumn> kinds;
};

Columns columns_of(const LoadTable& table) {
  const auto any = [&](auto&& holds) { return std::ranges::any_of(table.lines, holds); };
  Columns columns;
  columns.offered = any([](const LoadLine& line) { return line.offered_qps().has_value(); });
  columns.counts = any([](const LoadLine& line) { return line.account != nullptr; });
  for (const task::LoadColumn& kind : task::kLoadColumns) {
    const auto came_up = [&](const LoadLine& line) {
      return line.account != nullptr && line.account->count(kind.kind) > 0;
    };
    if (any(came_up)) columns.kinds.push_back(kind);
  }
  return columns;
}

std::vector<std::string> header_of(const Columns& columns) {
  std::vector<std::string> header = {""};
  for (const double quantile : kShownQuantiles)
    header.push_back(stats::quantile_name(quantile) + " ms");
  if (columns.offered) header.emplace_back("offered/s");
  header.emplace_back("answered/s");
  if (columns.counts) header.emplace_back("degraded");
  for (const task::LoadColumn& kind : columns.kinds) header.emplace_back(kind.label);
  return header;
}

std::vector<std::string> cells_of(const LoadLine& line, const Columns& columns, int decimals) {
  std::vector<std::string> row = {line.variant};
  for (const double quantile : kShownQuantiles) {
    const results::LatencyRow* found = line.at(quantile);
    row.push_back(found != nullptr && found->ms ? fixed(*found->ms, decimals) : "-");
  }
  if (columns.offered) row.push_back(rate_text(line.offered_qps()));
  row.push_back(rate_text(line.achieved_qps()));
  const analysis::LoadAccount* account = line.account;
  if (columns.counts) row.push_back(account == nullptr ? "-" : degraded_text(*account));
  for (const task::LoadColumn& kind : columns.kinds)
    row.push_back(account == nullptr ? "-" : text::thousands(account->count(kind.kind)));
  return row;
}

/// The first column of numbers is set on the left like a mean: its width is made here.
void align_first_numbers(BoardCells& cells) {
  size_t width = text::display_width(cells.header[1]);
  for (const auto& row : cells.rows) width = std::max(width, text::display_width(row[1]));
  for (auto& row : cells.rows) row[1] = text::pad_left(row[1], width);
}

}  // namespace

const results::LatencyRow* LoadLine::at(double quantile) const {
  const auto found = std::ranges::find(quantiles, quantile, &results::LatencyRow::quantile);
  return found == quantiles.end() ? nullptr : *found;
}

bool LoadLine::overloaded() const {
  if (!offered_qps() || !achieved_qps()) return false;
  double let_in = 1.0;
  if (account != nullptr && account->arrived() > 0) {
    let_in = 1.0 - static_cast<double>(account->count(task::LoadCountKind::shed)) /
                       static_cast<double>(account->arrived());
  }
  return *achieved_qps() < kKeepsUp * let_in * *offered_qps();
}

std::vector<LoadTable> load_tables(const Comparison& comparison, const std::string& dataset) {
  std::set<std::string> scenarios;
  for (const results::LatencyRow& row : comparison.latencies) {
    if (row.dataset == dataset) scenarios.insert(row.scenario);
  }
  std::vector<LoadTable> tables;
  for (const std::string& scenario : scenarios)
    tables.push_back({dataset, scenario, lines_of(comparison, dataset, scenario)});
  return tables;
}

bool is_beside_board(const Comparison& comparison, const LoadTable& table) {
  return table.scenario != comparison.scenario() ||
         analysis::scenario_kind(table.scenario) == kServer;
}

std::string scenario_text(const std::string& scenario) {
  const std::string kind = analysis::scenario_kind(scenario);
  if (kind != kServer) return kind;
  const nlohmann::json json = nlohmann::json::parse(scenario);
  return fmt::format("{}, {:.6g} requests per second for {:.6g} s", kind,
                     json.value("rate_qps", 0.0), json.value("duration_s", 0.0));
}

BoardCells load_cells(const Comparison& comparison, const LoadTable& table) {
  const Columns columns = columns_of(table);
  BoardCells cells;
  cells.title = fmt::format("{} under {}", table.dataset, scenario_text(table.scenario));
  cells.header = header_of(columns);
  const int decimals = time_decimals(table);
  for (const LoadLine& line : table.lines) {
    auto& row = cells.rows.emplace_back(cells_of(line, columns, decimals));
    if (line.variant == comparison.baseline) row.front() += " (base)";
  }
  align_first_numbers(cells);
  return cells;
}

std::string rates_text(const LoadLine& line) {
  return fmt::format("answers {} of {} requests per second", rate_text(line.achieved_qps()),
                     rate_text(line.offered_qps()));
}

FooterLine load_footer(const Comparison& comparison, const LoadTable& table) {
  FooterLine parts;
  for (const LoadLine& line : table.lines) {
    if (line.overloaded())
      parts.push_back(fmt::format("{} is overloaded: {}", line.variant, rates_text(line)));
  }
  if (!parts.empty())
    parts.back() += fmt::format("; {} percentiles depend on how long the scenario lasts",
                                parts.size() == 1 ? "its" : "their");
  if (const auto floor = comparison.noise_floor_ms(table.dataset, table.scenario))
    parts.push_back(fmt::format("noise floor of p99: {:.2g} ms", *floor));
  if (std::string busy = comparison.busy(table.dataset, table.scenario); !busy.empty())
    parts.push_back(std::move(busy));
  return parts;
}

}  // namespace assay::report
