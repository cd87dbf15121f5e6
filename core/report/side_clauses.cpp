#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "analysis/finding.h"
#include "analysis/metric_name.h"
#include "report/board.h"
#include "report/load_tables.h"
#include "report/numbers.h"
#include "report/sentences.h"
#include "stats/quantile.h"
#include "stats/verdict.h"
#include "text/listed.h"

namespace assay::report {

namespace {

/// What is joined of one data set.
struct DatasetClause {
  std::string dataset;
  std::string word;    ///< "slower", "more diverse"
  std::string detail;  ///< what stands in parentheses; may be empty
};

/// "slower (p99 ...)"; with several data sets "slower on beauty (p99 ...), not slower on ml100k".
/// Where all say the same and have no detail, once.
std::string joined(const std::vector<DatasetClause>& dataset_clauses, bool name_datasets) {
  const bool same = std::ranges::all_of(dataset_clauses, [&](const DatasetClause& dataset_clause) {
    return dataset_clause.word == dataset_clauses.front().word && dataset_clause.detail.empty();
  });
  if (same) return dataset_clauses.front().word;
  std::vector<std::string> parts;
  std::string word;
  for (const DatasetClause& dataset_clause : dataset_clauses) {
    std::string part = dataset_clause.word == word ? "" : dataset_clause.word;
    word = dataset_clause.word;
    if (name_datasets) part += (part.empty() ? "on " : " on ") + dataset_clause.dataset;
    if (!dataset_clause.detail.empty()) part += fmt::format(" ({})", dataset_clause.detail);
    parts.push_back(part);
  }
  return text::listed(parts);
}

bool is_significant(const results::ComparisonRow& row, double alpha) {
  return row.n.value_or(0) >= stats::kRequestsForVerdict && row.difference && row.p_adjusted &&
         *row.p_adjusted <= alpha;
}

// -- Diversity

std::optional<Clause> diversity_clause(const Comparison& comparison, const std::string& variant) {
  const std::string definition = definition_at_cutoff(comparison, "intra_list_distance");
  if (definition.empty() || definition == comparison.metric.definition) return std::nullopt;
  std::vector<DatasetClause> dataset_clauses;
  for (const std::string& dataset : comparison.datasets) {
    const results::ComparisonRow* row =
        comparison.comparison(variant, dataset, definition, comparison.cutoff);
    if (row == nullptr || row->family != analysis::kExploratoryFamily) continue;
    if (!is_significant(*row, comparison.run.info.row.alpha)) continue;
    dataset_clauses.push_back(
        {dataset, *row->difference > 0 ? "more diverse" : "less diverse",
         fmt::format("{} {}", difference_text(*row->difference, row->ci_low, row->ci_high),
                     analysis::metric_text("intra-list distance", comparison.cutoff))});
  }
  if (dataset_clauses.empty()) return std::nullopt;
  return Clause{"its lists are " + joined(dataset_clauses, comparison.datasets.size() > 1), "",
                false};
}

// -- Guardrails on metrics

std::string guardrail_word(const results::ComparisonRow& row) {
  if (row.verdict == analysis::kGuardrailBroken) return "breaks its guardrail";
  if (row.verdict == analysis::kGuardrailKept) return "keeps its guardrail";
  if (row.verdict == analysis::kNotMeasured) return "could not be checked against its guardrail";
  return "is not shown to keep its guardrail";
}

std::string guardrail_detail(const results::ComparisonRow& row) {
  if (row.verdict == analysis::kGuardrailKept) return "";
  if (!row.difference) return row.reason;
  std::string change = difference_text(*row.difference, row.ci_low, row.ci_high);
  if (row.relative) change += ", " + percent_change(*row.relative);
  return change + "; " + row.reason;
}

void add_metric_guardrails(const Comparison& comparison, const std::string& variant,
                           std::vector<Clause>& clauses) {
  std::vector<std::pair<std::string, std::vector<const results::ComparisonRow*>>> by_metric;
  for (const std::string& dataset : comparison.datasets) {
    for (const results::ComparisonRow* row : comparison.guardrails(variant, dataset)) {
      if (row->scenario) continue;
      const std::string name =
          analysis::metric_text(comparison.metric_name(row->definition), row->cutoff);
      const auto same = [&](const auto& entry) { return entry.first == name; };
      auto found = std::ranges::find_if(by_metric, same);
      if (found == by_metric.end()) found = by_metric.insert(found, {name, {}});
      found->second.push_back(row);
    }
  }
  for (const auto& [name, rows] : by_metric) {
    std::vector<DatasetClause> dataset_clauses;
    bool broken = false;
    for (const results::ComparisonRow* row : rows) {
      dataset_clauses.push_back({row->dataset, guardrail_word(*row), guardrail_detail(*row)});
      broken |= row->verdict == analysis::kGuardrailBroken;
    }
    clauses.push_back(
        {name + " " + joined(dataset_clauses, comparison.datasets.size() > 1), "", broken});
  }
}

// -- Latency

/// "p99 2.4 ms against 1.9 ms, +26 %".
std::string change_text(const Comparison& comparison, const results::ComparisonRow& row) {
  const std::string name = stats::quantile_name(*row.quantile);
  const results::LatencyRow* variant =
      comparison.latency(row.variant, row.dataset, *row.scenario, *row.quantile);
  const results::LatencyRow* baseline =
      comparison.latency(row.baseline, row.dataset, *row.scenario, *row.quantile);
  std::string text = name;
  if (variant != nullptr && baseline != nullptr && variant->ms && baseline->ms) {
    text += " " + times_text(*variant->ms, *baseline->ms);
  }
  if (row.relative) {
    text += (text == name ? " " : ", ") + percent_change(*row.relative);
  }
  return text;
}

/// The word of times that a build without optimisation made.
constexpr char kNotJudgedTime[] = "not judged";

DatasetClause guarded_time(const Comparison& comparison, const results::ComparisonRow& row) {
  const auto is = [&](stats::CostVerdict verdict) {
    return row.verdict == stats::verdict_word(verdict);
  };
  if (row.verdict == analysis::kNotJudged) return {row.dataset, kNotJudgedTime, row.reason};
  if (is(stats::CostVerdict::not_slower)) return {row.dataset, "not slower", ""};
  if (!row.difference) return {row.dataset, "not shown to be as fast", row.reason};
  const std::string change = change_text(comparison, row);
  if (is(stats::CostVerdict::faster)) return {row.dataset, "faster", change};
  if (is(stats::CostVerdict::guardrail_broken) || is(stats::CostVerdict::slower_within_guardrail)) {
    return {row.dataset, "slower", fmt::format("{}, {}", change, row.reason)};
  }
  return {row.dataset, "not shown to keep its guardrail",
          fmt::format("{}; {}", change, row.reason)};
}

/// A guardrail on times, on every data set.
struct TimeGuardrail {
  std::string scenario;
  double quantile = 0;
  std::vector<const results::ComparisonRow*> rows;
};

std::vector<TimeGuardrail> time_guardrails(const Comparison& comparison,
                                           const std::string& variant) {
  std::vector<TimeGuardrail> all;
  for (const std::string& dataset : comparison.datasets) {
    for (const results::ComparisonRow* row : comparison.guardrails(variant, dataset)) {
      if (!row->scenario) continue;
      const auto same = [&](const TimeGuardrail& other) {
        return other.scenario == *row->scenario && other.quantile == *row->quantile;
      };
      auto found = std::ranges::find_if(all, same);
      if (found == all.end()) {
        found = all.insert(found, {*row->scenario, *row->quantile, {}});
      }
      found->rows.push_back(row);
    }
  }
  return all;
}

Clause time_clause(const Comparison& comparison, const TimeGuardrail& guardrail, bool several) {
  const bool judged = std::ranges::any_of(guardrail.rows, [](const results::ComparisonRow* row) {
    return row->verdict != analysis::kNotJudged;
  });
  if (!judged) {  // on every data set for the same reason: a stage of the chain
    const std::string name =
        several ? " at " + stats::quantile_name(guardrail.quantile) : std::string();
    const std::string& reason = guardrail.rows.front()->reason;
    return {fmt::format("its latency{} is not judged: {}", name, reason), "", false};
  }
  std::vector<DatasetClause> dataset_clauses;
  Clause clause;
  for (const results::ComparisonRow* row : guardrail.rows) {
    dataset_clauses.push_back(guarded_time(comparison, *row));
    clause.alarm |= row->verdict == analysis::kGuardrailBroken;
  }
  clause.text = "it is " + joined(dataset_clauses, comparison.datasets.size() > 1);
  if (clause.text == "it is not slower") {
    const std::string name =
        several ? " at " + stats::quantile_name(guardrail.quantile) : std::string();
    clause.text += name;
    clause.alone = "not slower" + name;
  }
  return clause;
}

/// Without a guardrail there is no verdict, but a clear difference is told.
std::optional<Clause> exploratory_time(const Comparison& comparison, const std::string& variant) {
  const std::string scenario = comparison.scenario();
  std::vector<DatasetClause> dataset_clauses;
  for (const results::ComparisonRow& row : comparison.comparisons) {
    const bool is_p99 = row.variant == variant && row.family == analysis::kExploratoryFamily &&
                        row.scenario == scenario && row.quantile == 0.99;
    if (!is_p99 || !row.difference || !row.relative || !row.p_adjusted) continue;
    if (*row.p_adjusted > comparison.run.info.row.alpha) continue;
    const std::optional<double> noise = comparison.noise_floor_ms(row.dataset);
    if (noise && std::abs(*row.difference) <= *noise) continue;
    dataset_clauses.push_back({row.dataset, *row.difference > 0 ? "slower" : "faster",
                               change_text(comparison, row) + ", exploratory"});
  }
  if (dataset_clauses.empty()) return std::nullopt;
  return Clause{"it is " + joined(dataset_clauses, comparison.datasets.size() > 1), "", false};
}

/// Its times say nothing that holds: what waits grows for as long as the scenario lasts.
std::optional<Clause> overload_clause(const Comparison& comparison, const std::string& variant) {
  const auto is_slow_build = [&](const results::PluginStateRow& plugin) {
    return plugin.variant == variant && !plugin.optimised;
  };
  if (std::ranges::any_of(comparison.plugins, is_slow_build)) return std::nullopt;
  std::vector<DatasetClause> dataset_clauses;
  for (const std::string& dataset : comparison.datasets) {
    for (const LoadTable& table : load_tables(comparison, dataset)) {
      for (const LoadLine& line : table.lines) {
        if (line.variant == variant && line.overloaded())
          dataset_clauses.push_back({dataset, "overloaded", rates_text(line)});
      }
    }
  }
  if (dataset_clauses.empty()) return std::nullopt;
  return Clause{"it is " + joined(dataset_clauses, comparison.datasets.size() > 1), "", false};
}

}  // namespace

std::vector<Clause> side_clauses(const Comparison& comparison, const std::string& variant) {
  std::vector<Clause> clauses;
  if (const auto diversity = diversity_clause(comparison, variant)) clauses.push_back(*diversity);
  add_metric_guardrails(comparison, variant, clauses);
  const std::vector<TimeGuardrail> guardrails = time_guardrails(comparison, variant);
  for (const TimeGuardrail& guardrail : guardrails) {
    clauses.push_back(time_clause(comparison, guardrail, guardrails.size() > 1));
  }
  if (guardrails.empty()) {
    if (const auto time = exploratory_time(comparison, variant)) clauses.push_back(*time);
  }
  if (const auto overload = overload_clause(comparison, variant)) clauses.push_back(*overload);
  return clauses;
}

}  // namespace assay::report
