#include "report/board.h"

#include <fmt/core.h>

#include <algorithm>

#include "analysis/analysis.h"
#include "analysis/finding.h"
#include "analysis/fit_cost.h"
#include "analysis/metric_name.h"
#include "analysis/timings.h"
#include "report/all_pairs.h"
#include "stats/quantile.h"
#include "stats/verdict.h"
#include "task/settings.h"

namespace assay::report {

namespace {

bool has_column(const std::vector<BoardColumn>& columns, const BoardColumn& wanted) {
  return std::ranges::any_of(columns, [&](const BoardColumn& column) {
    return column.definition == wanted.definition && column.cutoff == wanted.cutoff &&
           column.scenario == wanted.scenario && column.quantile == wanted.quantile;
  });
}

void add_column(std::vector<BoardColumn>& columns, BoardColumn column) {
  if (!has_column(columns, column)) columns.push_back(std::move(column));
}

BoardColumn time_column(const std::string& scenario, double quantile) {
  BoardColumn column;
  column.header = stats::quantile_name(quantile) + " ms";
  const std::string kind = analysis::scenario_kind(scenario);
  if (kind != task::name_of(task::ScenarioKind::single_stream))
    column.header += fmt::format(" ({})", kind);
  column.definition = analysis::kLatency;
  column.scenario = scenario;
  column.quantile = quantile;
  return column;
}

/// Columns of what a metric is called in a table: "coverage@10" for item_coverage.
BoardColumn metric_column(const Comparison& comparison, const std::string& definition, int cutoff,
                          const std::string& shown = "") {
  const results::MetricRow* metric = analysis::find_metric(comparison.metrics, definition);
  BoardColumn column;
  column.header =
      analysis::metric_text(shown.empty() ? comparison.metric_name(definition) : shown, cutoff);
  column.definition = definition;
  column.cutoff = cutoff;
  column.percent = metric != nullptr && metric->scope == results::MetricRow::Scope::catalogue &&
                   (metric->name == "item_coverage" || metric->unit == "share");
  return column;
}

bool is_own_metric(const Comparison& comparison, const std::string& definition, int cutoff) {
  return definition == comparison.metric.definition && cutoff == comparison.cutoff;
}

void add_named(const Comparison& comparison, std::vector<BoardColumn>& columns,
               const std::string& name, const std::string& shown) {
  const std::string definition = definition_at_cutoff(comparison, name);
  if (definition.empty() || is_own_metric(comparison, definition, comparison.cutoff)) return;
  add_column(columns, metric_column(comparison, definition, comparison.cutoff, shown));
}

BoardCell time_cell(const Comparison& comparison, const BoardColumn& column,
                    const std::string& variant, const std::string& dataset) {
  const results::LatencyRow* row =
      comparison.latency(variant, dataset, column.scenario, column.quantile);
  if (row == nullptr) return {std::nullopt, false, "not timed"};
  return {row->ms, false, row->reason};
}

BoardCell metric_cell(const Comparison& comparison, const BoardColumn& column,
                      const std::string& variant, const std::string& dataset) {
  const results::SummaryRow* row =
      comparison.summary(variant, dataset, column.definition, column.cutoff);
  if (row == nullptr) return {std::nullopt, false, "not measured"};
  return {row->mean, false, row->reason};
}

bool is_about(const results::ComparisonRow& guardrail, const BoardColumn& column) {
  if (column.is_time()) {
    return guardrail.scenario == column.scenario && guardrail.quantile == column.quantile;
  }
  return guardrail.definition == column.definition && guardrail.cutoff == column.cutoff;
}

BoardRow make_row(const Comparison& comparison, const std::string& dataset,
                  const std::string& variant, task::TrialStatus status,
                  const std::vector<BoardColumn>& columns) {
  BoardRow row;
  row.status = status;
  row.variant = variant;
  row.is_baseline = variant == comparison.baseline;
  const results::SummaryRow* metric = comparison.summary(variant, dataset);
  if (metric != nullptr) row.metric = *metric;
  const auto letters = comparison.letters.find(dataset);
  if (letters != comparison.letters.end()) {
    const auto own = letters->second.find(variant);
    if (own != letters->second.end()) row.letters = own->second;
  }
  const auto guardrails = comparison.guardrails(variant, dataset);
  for (const BoardColumn& column : columns) {
    if (row.status != task::TrialStatus::done) {
      row.cells.push_back({std::nullopt, false, ""});
      continue;
    }
    BoardCell cell = column.is_time() ? time_cell(comparison, column, variant, dataset)
                                      : metric_cell(comparison, column, variant, dataset);
    for (const results::ComparisonRow* guardrail : guardrails) {
      cell.broken |=
          is_about(*guardrail, column) && guardrail->verdict == analysis::kGuardrailBroken;
    }
    row.cells.push_back(std::move(cell));
  }
  for (const results::ComparisonRow* guardrail : guardrails) {
    row.metric_broken |= is_own_metric(comparison, guardrail->definition, guardrail->cutoff) &&
                         guardrail->verdict == analysis::kGuardrailBroken;
  }
  return row;
}

/// How the trials of a variant on a data set stand; none where it has none.
std::optional<task::TrialStatus> status_of(const Comparison& comparison, const std::string& dataset,
                                           const std::string& variant) {
  std::optional<task::TrialStatus> status;
  for (const results::RunTrial& trial : comparison.trials) {
    if (trial.variant != variant || trial.dataset != dataset) continue;
    if (trial.status == task::TrialStatus::failed) return trial.status;
    if (!status || trial.status == task::TrialStatus::missing) status = trial.status;
  }
  return status;
}

/// Whether the run itself has looked at what the trials left. A later run may have done the trials
/// of one that was broken off, which then still has no numbers of them.
bool is_judged(const Comparison& comparison, const std::string& dataset,
               const std::string& variant) {
  return std::ranges::any_of(comparison.summaries, [&](const results::SummaryRow& row) {
    return row.variant == variant && row.dataset == dataset && row.reason != analysis::kIncomplete;
  });
}

/// What can be seen of the variants, where that leaves a verdict open.
std::optional<std::pair<double, double>> detectable(const Comparison& comparison,
                                                    const std::string& dataset) {
  std::optional<std::pair<double, double>> range;
  bool open = false;
  for (const results::ComparisonRow& row : comparison.comparisons) {
    if (row.dataset != dataset || row.scenario || !row.minimum_detectable_effect) continue;
    if (!is_own_metric(comparison, row.definition, row.cutoff)) continue;
    open |= row.verdict == stats::verdict_word(stats::Verdict::too_few);
    const double effect = *row.minimum_detectable_effect;
    if (!range) range = {effect, effect};
    range = {std::min(range->first, effect), std::max(range->second, effect)};
  }
  return open ? range : std::nullopt;
}

void add_facts(Board& board, const Comparison& comparison) {
  for (const BoardRow& row : board.rows) {
    if (!row.metric || row.status != task::TrialStatus::done) continue;
    const int64_t n = row.metric->requests.value_or(0) - row.metric->excluded_requests.value_or(0);
    if (row.is_baseline || !board.n) board.n = n;
    if (row.metric->seeds) board.seeds = std::max(board.seeds.value_or(0), *row.metric->seeds);
  }
  board.noise_floor_ms = comparison.noise_floor_ms(board.dataset);
  board.detectable = detectable(comparison, board.dataset);
}

}  // namespace

bool Board::any_letters() const {
  return std::ranges::any_of(rows, [](const BoardRow& row) { return !row.letters.empty(); });
}

bool Board::any_broken() const {
  return std::ranges::any_of(rows, [](const BoardRow& row) {
    return row.metric_broken || std::ranges::any_of(row.cells, &BoardCell::broken);
  });
}

bool Board::any_sd() const {
  return std::ranges::any_of(
      rows, [](const BoardRow& row) { return row.metric && row.metric->sd_over_seeds; });
}

std::string definition_at_cutoff(const Comparison& comparison, const std::string& name) {
  std::string found;
  for (const results::SummaryRow& row : comparison.summaries) {
    if (row.cutoff != comparison.cutoff) continue;
    const std::string called = comparison.metric_name(row.definition);
    if (called == name) return row.definition;
    if (found.empty() && called.starts_with(name + "{")) found = row.definition;
  }
  return found;
}

std::vector<BoardColumn> board_columns(const Comparison& comparison) {
  std::vector<BoardColumn> columns;
  add_named(comparison, columns, "item_coverage", "coverage");
  add_named(comparison, columns, "intra_list_distance", "diversity");
  for (const results::ComparisonRow& row : comparison.comparisons) {
    if (!comparison.is_guardrail(row) || row.scenario) continue;
    if (is_own_metric(comparison, row.definition, row.cutoff)) continue;
    if (analysis::is_fit_cost(row.definition)) continue;  // it has no mean, only a difference
    add_column(columns, metric_column(comparison, row.definition, row.cutoff));
  }
  const std::string scenario = comparison.scenario();
  if (scenario.empty()) return columns;
  add_column(columns, time_column(scenario, 0.5));
  add_column(columns, time_column(scenario, 0.99));
  for (const results::ComparisonRow& row : comparison.comparisons) {
    const bool timed = comparison.is_guardrail(row) && row.scenario && row.difference;
    if (timed) add_column(columns, time_column(*row.scenario, *row.quantile));
  }
  return columns;
}

Board make_board(const Comparison& comparison, const std::string& dataset) {
  Board board;
  board.dataset = dataset;
  board.columns = board_columns(comparison);
  const std::vector<std::string> ranked = ranked_variants(comparison, dataset);
  for (const std::string& variant : ranked) {
    board.rows.push_back(
        make_row(comparison, dataset, variant, task::TrialStatus::done, board.columns));
  }
  for (const std::string& variant : comparison.variants) {
    auto status = status_of(comparison, dataset, variant);
    if (!status || std::ranges::count(ranked, variant) > 0) continue;
    if (*status == task::TrialStatus::done && !is_judged(comparison, dataset, variant))
      status = task::TrialStatus::missing;
    board.rows.push_back(make_row(comparison, dataset, variant, *status, board.columns));
  }
  add_facts(board, comparison);
  return board;
}

}  // namespace assay::report
