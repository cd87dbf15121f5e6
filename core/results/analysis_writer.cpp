#include <cmath>
#include <map>
#include <tuple>

#include "error/error.h"
#include "results/connection.h"
#include "results/database.h"

namespace assay::results {
namespace {

std::optional<std::string> unless_empty(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

/// One line of the leaderboard: the values of a catalogue metric over the seeds of a variant.
struct OverSeeds {
  SummaryRow row;
  std::vector<double> values;
  bool seeded = false;
};

std::optional<double> standard_deviation(const std::vector<double>& values, double mean) {
  if (values.size() < 2) return std::nullopt;
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return std::sqrt(squares / static_cast<double>(values.size() - 1));
}

SummaryRow summarised(const OverSeeds& over) {
  SummaryRow row = over.row;
  if (over.values.empty()) return row;
  double sum = 0;
  for (const double value : over.values) sum += value;
  row.mean = sum / static_cast<double>(over.values.size());
  row.reason.clear();
  if (!over.seeded) return row;
  row.seeds = static_cast<int64_t>(over.values.size());
  row.sd_over_seeds = standard_deviation(over.values, *row.mean);
  return row;
}

using LineKey = std::tuple<std::string, std::string, std::string, StageMetric>;

std::map<LineKey, OverSeeds> catalogue_lines(const Connection& connection, int64_t run_id) {
  QueryRows rows = connection.rows(
      "SELECT v.name, l.dataset, l.fold, x.stage, x.definition, x.cutoff, l.seed, x.value, "
      "coalesce(x.reason, ''), t.requests FROM run_trial AS l JOIN variant AS v USING (variant_id) "
      "JOIN trial AS t USING (trial_key) JOIN value AS x USING (trial_key) "
      "WHERE l.run_id = ? AND t.status = 'done' ORDER BY l.seed",
      run_id);
  std::map<LineKey, OverSeeds> lines;
  while (rows.next()) {
    const StageMetric at{rows.text(3), rows.text(4), static_cast<int>(rows.integer(5))};
    OverSeeds& line = lines[{rows.text(0), rows.text(1), rows.text(2), at}];
    line.row = {.run_id = run_id,
                .variant = rows.text(0),
                .dataset = rows.text(1),
                .fold = rows.text(2),
                .stage = at.stage,
                .definition = at.definition,
                .cutoff = at.cutoff,
                .requests = rows.maybe_integer(9),
                .reason = rows.text(8)};
    line.seeded = !rows.is_null(6);
    if (!rows.is_null(7)) line.values.push_back(rows.real(7));
  }
  return lines;
}

}  // namespace

void Database::write(const SummaryRow& row) {
  connection_->run(
      "INSERT OR REPLACE INTO summary VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      variant_id(row.run_id, row.variant), row.dataset, row.fold, row.stage, row.definition,
      row.cutoff, row.slice, row.mean, row.ci_low, row.ci_high, row.sd_over_seeds, row.seeds,
      row.requests, row.excluded_requests, unless_empty(row.reason));
}

void Database::write(const ComparisonRow& row) {
  connection_->run(
      "INSERT OR REPLACE INTO comparison VALUES "
      "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      variant_id(row.run_id, row.baseline), variant_id(row.run_id, row.variant), row.dataset,
      row.fold, row.stage, row.definition, row.cutoff, row.slice, row.scenario, row.quantile,
      row.difference, row.relative, row.ci_low, row.ci_high, row.p, row.p_adjusted, row.method,
      row.correction, row.family, row.n, row.minimum_detectable_effect, row.verdict,
      unless_empty(row.reason), row.family_size, row.needed);
}

void Database::write(const LatencyRow& row) {
  connection_->run(
      "INSERT OR REPLACE INTO latency_quantile VALUES "
      "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      variant_id(row.run_id, row.variant), row.dataset, row.fold, row.seed, row.scenario, row.stage,
      row.quantile, row.ms, row.ci_low_ms, row.ci_high_ms, row.requests, row.offered_qps,
      row.achieved_qps, row.degraded, unless_empty(row.reason));
}

void Database::summarise_catalogue(int64_t run_id) {
  transaction([&] {
    for (const auto& [key, line] : catalogue_lines(*connection_, run_id)) write(summarised(line));
  });
}

}  // namespace assay::results
