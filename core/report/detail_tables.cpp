#include "report/detail_tables.h"

#include <fmt/core.h>

#include <algorithm>
#include <tuple>

#include "analysis/finding.h"
#include "analysis/metric_name.h"
#include "analysis/timings.h"
#include "report/cost_unit.h"
#include "report/load_tables.h"
#include "report/numbers.h"
#include "stats/quantile.h"
#include "text/counted.h"
#include "text/thousands.h"

namespace assay::report {

namespace {

constexpr double kShownQuantiles[] = {0.5, 0.95, 0.99};

std::string name_of(const Comparison& comparison, const results::ComparisonRow& row) {
  if (row.definition != analysis::kLatency) {
    return analysis::metric_text(comparison.metric_name(row.definition), row.cutoff);
  }
  return fmt::format("{} ms, {}", stats::quantile_name(row.quantile.value_or(0.0)),
                     analysis::scenario_kind(row.scenario.value_or("")));
}

/// The metric, guardrails, and what the board has a column for.
bool is_shown(const Comparison& comparison, const results::ComparisonRow& row,
              const std::vector<BoardColumn>& columns) {
  if (row.family == analysis::kNoiseFloorFamily) return false;
  if (comparison.is_guardrail(row)) return true;
  if (row.definition == comparison.metric.definition && row.cutoff == comparison.cutoff)
    return true;
  return std::ranges::any_of(columns, [&](const BoardColumn& column) {
    if (column.definition != row.definition) return false;
    if (!column.is_time()) return column.cutoff == row.cutoff;
    return column.quantile == row.quantile;  // of every scenario
  });
}

std::string p_text(const results::ComparisonRow& row) {
  if (!row.p_adjusted) return "-";
  const std::string p = *row.p_adjusted < 0.001 ? "< 0.001" : fixed(*row.p_adjusted, 3);
  return row.family == analysis::kGuardrailFamily ? p + ", of keeping it" : p;
}

/// "confirmatory (holm, 9)".
std::string family_text(const results::ComparisonRow& row) {
  if (!row.family_size) return row.family;
  return fmt::format("{} ({}, {})", row.family, row.correction, text::thousands(*row.family_size));
}

BoardCells differences(const Comparison& comparison, const std::string& dataset) {
  BoardCells cells;
  cells.title = fmt::format("Differences from {}", comparison.baseline);
  cells.header = {"", "", "difference", "relative", "p, corrected", "n", "family"};
  const std::vector<BoardColumn> columns = board_columns(comparison);
  for (const results::ComparisonRow& row : comparison.comparisons) {
    if (row.dataset != dataset || !is_shown(comparison, row, columns)) continue;
    const bool known = row.difference.has_value();
    cells.rows.push_back(
        {row.variant, name_of(comparison, row),
         known ? with_cost_unit(difference_text(*row.difference, row.ci_low, row.ci_high), row)
               : "- " + row.reason,
         row.relative ? percent_change(*row.relative) : "-", p_text(row),
         row.n ? text::counted(*row.n, unit_of(row)) : "-", family_text(row)});
  }
  return cells;
}

BoardCells guardrails(const Comparison& comparison, const std::string& dataset) {
  BoardCells cells;
  cells.title = "Guardrails";
  cells.header = {"", "", "verdict", "because"};
  for (const std::string& variant : comparison.variants) {
    for (const results::ComparisonRow* row : comparison.guardrails(variant, dataset)) {
      cells.rows.push_back({variant, name_of(comparison, *row), row->verdict, row->reason});
    }
  }
  return cells;
}

BoardCells errors(const Comparison& comparison, const std::string& dataset) {
  BoardCells cells;
  cells.title = fmt::format("Standard error of the difference from {}, {}", comparison.baseline,
                            analysis::metric_text(comparison.metric.name, comparison.cutoff));
  cells.header = {"", "from requests", "from seeds", "seeds' share of the variance"};
  for (const ErrorSource& source : comparison.error_sources) {
    if (source.dataset != dataset) continue;
    const int decimals = decimals_for(std::max(source.requests, source.seeds)) + 1;
    cells.rows.push_back({source.variant, fixed(source.requests, decimals),
                          fixed(source.seeds, decimals),
                          fmt::format("{:.0f} %", 100.0 * source.share_of_seeds())});
  }
  return cells;
}

std::string time_text(const results::LatencyRow* row) {
  if (row == nullptr || !row->ms) return "-";
  const int decimals = *row->ms < 0.1 ? 4 : *row->ms < 1 ? 3 : 2;
  std::string text = fixed(*row->ms, decimals);
  if (row->ci_low_ms && row->ci_high_ms) {
    text += fmt::format(" [{}, {}]", fixed(*row->ci_low_ms, decimals),
                        fixed(*row->ci_high_ms, decimals));
  }
  return text;
}

BoardCells times(const Comparison& comparison, const std::string& dataset,
                 const std::string& scenario) {
  BoardCells cells;
  cells.title = fmt::format("End-to-end latency, {}, ms", scenario_text(scenario));
  const auto floor = comparison.noise_floor_ms(dataset, scenario);
  if (floor) cells.title += fmt::format(" (noise floor of p99 {:.2g})", *floor);
  if (const std::string busy = comparison.busy(dataset, scenario); !busy.empty())
    cells.title += "; " + busy;
  cells.header = {""};
  for (const double quantile : kShownQuantiles) {
    cells.header.push_back(stats::quantile_name(quantile));
  }
  cells.header.emplace_back("n");
  for (const std::string& variant : comparison.variants) {
    const results::LatencyRow* first =
        comparison.latency(variant, dataset, scenario, kShownQuantiles[0]);
    if (first == nullptr) continue;
    auto& row = cells.rows.emplace_back(std::vector<std::string>{variant});
    for (const double quantile : kShownQuantiles) {
      row.push_back(time_text(comparison.latency(variant, dataset, scenario, quantile)));
    }
    row.push_back(first->requests ? text::thousands(*first->requests) : "-");
  }
  return cells;
}

BoardCells losses(const Comparison& comparison, const std::string& dataset) {
  BoardCells cells;
  cells.title = "Share of the relevant items in its input that a stage keeps, %";
  cells.header = {""};
  std::vector<std::string> stages;
  for (const analysis::StageLoss& loss : comparison.losses) {
    if (loss.dataset != dataset || loss.relevant == 0) continue;
    if (std::ranges::count(stages, loss.stage) == 0) stages.push_back(loss.stage);
  }
  std::ranges::sort(stages, {}, [](const std::string& stage) {
    const int order = stage.starts_with("recall")   ? 0
                      : stage.starts_with("rank")   ? 1
                      : stage.starts_with("rerank") ? 2
                                                    : 3;
    return std::tuple(order, stage.find('[') == std::string::npos, stage);
  });
  cells.header.insert(cells.header.end(), stages.begin(), stages.end());
  for (const std::string& variant : comparison.variants) {
    std::vector<std::string> row{variant};
    for (const std::string& stage : stages) {
      const auto found =
          std::ranges::find_if(comparison.losses, [&](const analysis::StageLoss& loss) {
            return loss.variant == variant && loss.dataset == dataset && loss.stage == stage;
          });
      const bool known = found != comparison.losses.end() && found->relevant > 0;
      row.push_back(known ? fixed(100.0 * static_cast<double>(found->kept) /
                                      static_cast<double>(found->relevant),
                                  1)
                          : "-");
    }
    if (std::ranges::any_of(row.begin() + 1, row.end(),
                            [](const std::string& cell) { return cell != "-"; })) {
      cells.rows.push_back(std::move(row));
    }
  }
  return cells;
}

}  // namespace

std::vector<BoardCells> detail_tables(const Comparison& comparison, const std::string& dataset) {
  std::vector<BoardCells> tables = {differences(comparison, dataset), errors(comparison, dataset),
                                    guardrails(comparison, dataset)};
  for (const LoadTable& load : load_tables(comparison, dataset))
    tables.push_back(times(comparison, dataset, load.scenario));
  tables.push_back(losses(comparison, dataset));
  std::erase_if(tables, [](const BoardCells& table) { return table.rows.empty(); });
  return tables;
}

}  // namespace assay::report
