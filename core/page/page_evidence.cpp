#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "analysis/paired_values.h"
#include "analysis/recorded_rows.h"
#include "analysis/timings.h"
#include "page/packed_rows.h"
#include "page/page_data.h"
#include "report/load_tables.h"
#include "task/outcomes.h"

namespace assay::page {

namespace {

/// Bars of a histogram, and points of a distribution: what a chart of this width can show.
constexpr int kBars = 61;
constexpr int kPoints = 100;

nlohmann::json mean_json(const report::Comparison& comparison, const results::SummaryRow& row) {
  return {{"variant", row.variant},
          {"metric", comparison.metric_name(row.definition)},
          {"cutoff", row.cutoff},
          {"mean", number(row.mean)},
          {"low", number(row.ci_low)},
          {"high", number(row.ci_high)},
          {"n", row.requests.value_or(0) - row.excluded_requests.value_or(0)}};
}

/// Counts of differences in bars of equal width that lie symmetrically about 0; what lies beyond
/// `reach` is counted in the last bar of its side.
std::vector<int> histogram(const std::vector<double>& differences, double reach) {
  std::vector<int> counts(kBars);
  for (const double difference : differences) {
    const double place = (difference / reach + 1.0) / 2.0 * kBars;
    counts[static_cast<size_t>(std::clamp(std::floor(place), 0.0, kBars - 1.0))] += 1;
  }
  return counts;
}

/// A variant's differences to the baseline, request by request.
struct Spread {
  std::string variant;
  std::vector<double> differences;
};

/// How far the variants differ at most, so that all are drawn on one scale.
double largest(const std::vector<Spread>& spreads) {
  double reach = 0.0;
  for (const Spread& spread : spreads) {
    for (const double difference : spread.differences) {
      reach = std::max(reach, std::abs(difference));
    }
  }
  return reach > 0.0 ? reach : 1.0;
}

nlohmann::json distribution_json(const Spread& spread, double reach) {
  const std::vector<double>& differences = spread.differences;
  const auto better = std::ranges::count_if(differences, [](double d) { return d > 0.0; });
  const auto worse = std::ranges::count_if(differences, [](double d) { return d < 0.0; });
  return {{"variant", spread.variant},
          {"n", differences.size()},
          {"up", better},
          {"down", worse},
          {"reach", reach},
          {"counts", histogram(differences, reach)}};
}

/// Milliseconds at evenly spaced shares of the requests; the last point is the slowest.
std::vector<double> distribution(std::vector<float> ms) {
  std::ranges::sort(ms);
  std::vector<double> points;
  for (int i = 0; i <= kPoints && !ms.empty(); ++i) {
    const auto last = static_cast<double>(ms.size() - 1);
    points.push_back(ms[static_cast<size_t>(std::lround(last * i / kPoints))]);
  }
  return points;
}

nlohmann::json quantiles_json(const report::Comparison& comparison, const std::string& dataset) {
  nlohmann::json rows = nlohmann::json::array();
  for (const results::LatencyRow& row : comparison.latencies) {
    if (row.dataset != dataset) continue;
    rows.push_back({{"variant", row.variant},
                    {"scenario", analysis::scenario_kind(row.scenario)},
                    {"setting", row.scenario},
                    {"quantile", row.quantile},
                    {"ms", number(row.ms)},
                    {"low", number(row.ci_low_ms)},
                    {"high", number(row.ci_high_ms)},
                    {"n", row.requests.value_or(0)},
                    {"reason", row.reason}});
  }
  return rows;
}

/// Rates, and what became of the requests, of everything that was timed.
nlohmann::json loads_json(const report::Comparison& comparison, const std::string& dataset) {
  nlohmann::json rows = nlohmann::json::array();
  for (const report::LoadTable& table : load_tables(comparison, dataset)) {
    for (const report::LoadLine& line : table.lines) {
      nlohmann::json& row = rows.emplace_back();
      row = {{"variant", line.variant},
             {"setting", table.scenario},
             {"offered", number(line.offered_qps())},
             {"answered", number(line.achieved_qps())},
             {"overloaded", line.overloaded()}};
      if (line.account == nullptr) continue;
      row["arrived"] = line.account->arrived();
      row["degraded"] = line.account->degraded();
      row["counts"] = line.account->counts;
    }
  }
  return rows;
}

/// What disturbed the times of each load, by its setting; those that nothing disturbed are not in it.
nlohmann::json busy_json(const report::Comparison& comparison, const nlohmann::json& curves,
                         const std::string& dataset) {
  nlohmann::json busy = nlohmann::json::object();
  for (const nlohmann::json& curve : curves) {
    const auto setting = curve.at("setting").get<std::string>();
    const std::string text = comparison.busy(dataset, setting);
    if (!text.empty()) busy[setting] = text;
  }
  return busy;
}

/// [["deadline", "deadline missed"], ...]: what the page calls the counts of a load.
nlohmann::json load_columns_json() {
  nlohmann::json columns = nlohmann::json::array();
  for (const task::LoadColumn& column : task::kLoadColumns)
    columns.push_back({column.kind, column.label});
  return columns;
}

}  // namespace

nlohmann::json curves_json(const report::Comparison& comparison, const std::string& dataset) {
  std::map<std::string, std::set<int>> cutoffs;
  for (const results::SummaryRow& row : comparison.summaries) {
    if (row.dataset == dataset && row.cutoff > 0) cutoffs[row.definition].insert(row.cutoff);
  }
  nlohmann::json rows = nlohmann::json::array();
  for (const results::SummaryRow& row : comparison.summaries) {
    const bool curve = row.cutoff > 0 && cutoffs[row.definition].size() > 1;
    if (row.dataset == dataset && curve && row.mean) rows.push_back(mean_json(comparison, row));
  }
  return rows;
}

nlohmann::json funnel_json(const report::Comparison& comparison, const results::Reader& reader,
                           const std::string& dataset) {
  const std::array<assay::results::Cell, 2> parameters{comparison.run.info.run_id, dataset};
  const results::QueryAnswer answer = reader.query(
      "SELECT v.name, l.stage, avg(relevant), avg(kept), count(*) FROM stage_loss AS l "
      "JOIN variant AS v ON v.run_id = l.run_id AND v.name = l.variant "
      "WHERE l.run_id = ? AND l.dataset = ? AND l.cutoff IS NULL "
      "GROUP BY v.position, v.name, l.stage ORDER BY v.position, l.stage",
      parameters);
  nlohmann::json rows = nlohmann::json::array();
  for (const auto& row : answer.rows) {
    rows.push_back({{"variant", std::get<std::string>(row[0])},
                    {"stage", std::get<std::string>(row[1])},
                    {"relevant", std::get<double>(row[2])},
                    {"kept", std::get<double>(row[3])},
                    {"trials", std::get<int64_t>(row[4])}});
  }
  return rows;
}

nlohmann::json slices_json(const report::Comparison& comparison, const results::Reader& reader,
                           const std::string& dataset) {
  const int64_t run_id = comparison.run.info.run_id;
  const auto shown = [&](const auto& row) {
    return row.dataset == dataset && row.fold == "all" && row.stage == analysis::kServed &&
           row.slice != "all" && row.definition == comparison.metric.definition &&
           row.cutoff == comparison.cutoff;
  };
  std::map<std::pair<std::string, std::string>, results::ComparisonRow> tested;
  for (results::ComparisonRow& row : analysis::recorded_comparisons(reader, run_id)) {
    if (shown(row)) tested[{row.variant, row.slice}] = std::move(row);
  }
  nlohmann::json rows = nlohmann::json::array();
  for (const results::SummaryRow& row : analysis::recorded_summaries(reader, run_id)) {
    if (!shown(row) || !row.mean) continue;
    nlohmann::json json = mean_json(comparison, row);
    json["slice"] = row.slice;
    json["requests"] = row.requests.value_or(0);
    const auto test = tested.find({row.variant, row.slice});
    if (test != tested.end() && test->second.difference) {
      json["difference"] = number(test->second.difference);
      json["difference_low"] = number(test->second.ci_low);
      json["difference_high"] = number(test->second.ci_high);
      json["p_adjusted"] = number(test->second.p_adjusted);
      json["pairs"] = test->second.n.value_or(0);
    }
    rows.push_back(json);
  }
  return rows;
}

nlohmann::json latency_json(const report::Comparison& comparison,
                            const analysis::RunSamples& samples, const std::string& dataset) {
  const analysis::RunTimings timings(samples, comparison.run.info.run_id);
  nlohmann::json curves = nlohmann::json::array();
  for (const analysis::TimedStage& timed : timings.stages()) {
    if (timed.dataset != dataset || timed.fold != "all" || timed.stage != analysis::kServed)
      continue;
    const auto imported = comparison.imported.find(timed.variant);
    if (imported != comparison.imported.end() && imported->second.alone) continue;  // a look-up
    curves.push_back({{"variant", timed.variant},
                      {"scenario", analysis::scenario_kind(timed.scenario)},
                      {"setting", timed.scenario},
                      {"n", timed.ms.size()},
                      {"ms", distribution(timed.ms)}});
  }
  return {{"quantiles", packed_rows(quantiles_json(comparison, dataset))},
          {"curves", curves},
          {"loads", loads_json(comparison, dataset)},
          {"load_columns", load_columns_json()},
          {"scenario", analysis::scenario_kind(comparison.scenario())},
          {"setting", comparison.scenario()},
          {"noise_floor", number(comparison.noise_floor_ms(dataset))},
          {"busy", busy_json(comparison, curves, dataset)}};
}

nlohmann::json differences_json(const report::Comparison& comparison,
                                const analysis::RunSamples& samples, const std::string& dataset) {
  const analysis::TrialGroup* baseline = samples.find(comparison.baseline, dataset, "all");
  const results::StageMetric at{analysis::kServed, comparison.metric.definition, comparison.cutoff};
  if (baseline == nullptr || !baseline->complete) return nlohmann::json::array();
  std::vector<Spread> spreads;
  for (const std::string& name : comparison.variants) {
    const analysis::TrialGroup* variant = samples.find(name, dataset, "all");
    if (variant == nullptr || variant == baseline || !variant->complete ||
        variant->request_sets != baseline->request_sets) {
      continue;
    }
    const analysis::ColumnPair columns(samples.reader(), *baseline, *variant, at);
    constexpr auto kAll = std::numeric_limits<int64_t>::max();
    stats::PairedSample pairs = pair_values(columns, {}, kAll).sample();
    if (!pairs.differences.empty()) spreads.push_back({name, std::move(pairs.differences)});
  }
  nlohmann::json rows = nlohmann::json::array();
  const double reach = largest(spreads);
  for (const Spread& spread : spreads) rows.push_back(distribution_json(spread, reach));
  return rows;
}

}  // namespace assay::page
