#include "report/time_clauses.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "analysis/finding.h"
#include "analysis/timings.h"
#include "report/load_tables.h"
#include "report/numbers.h"
#include "stats/quantile.h"
#include "stats/verdict.h"
#include "text/listed.h"

namespace assay::report {

namespace {

/// "server"; with its numbers where the run has two of that kind.
std::string load_name(const Comparison& comparison, const std::string& scenario) {
  const std::string kind = analysis::scenario_kind(scenario);
  const bool other = std::ranges::any_of(comparison.latencies, [&](const auto& row) {
    return row.scenario != scenario && analysis::scenario_kind(row.scenario) == kind;
  });
  return other ? scenario_text(scenario) : kind;
}

/// "p99 under server".
std::string quantity(const Comparison& comparison, const results::ComparisonRow& row) {
  return fmt::format("{} under {}", stats::quantile_name(row.quantile.value_or(0.0)),
                     load_name(comparison, row.scenario.value_or("")));
}

/// "2.4 ms against 1.9 ms, +26 %".
std::string change_text(const Comparison& comparison, const results::ComparisonRow& row) {
  const results::LatencyRow* variant =
      comparison.latency(row.variant, row.dataset, *row.scenario, *row.quantile);
  const results::LatencyRow* baseline =
      comparison.latency(row.baseline, row.dataset, *row.scenario, *row.quantile);
  std::string text;
  if (variant != nullptr && baseline != nullptr && variant->ms && baseline->ms)
    text = times_text(*variant->ms, *baseline->ms);
  if (row.relative) text += (text.empty() ? "" : ", ") + percent_change(*row.relative);
  return text;
}

/// "p99 under server 2.4 ms against 1.9 ms, +26 %".
std::string measured_text(const Comparison& comparison, const results::ComparisonRow& row) {
  return quantity(comparison, row) + " " + change_text(comparison, row);
}

/// Two timings of the same differ by no more.
bool is_clear(const Comparison& comparison, const results::ComparisonRow& row) {
  if (!row.difference || !row.relative || !row.p_adjusted || !row.scenario) return false;
  if (*row.p_adjusted > comparison.run.info.row.alpha) return false;
  const std::optional<double> noise = comparison.noise_floor_ms(row.dataset, *row.scenario);
  return !noise || std::abs(*row.difference) > *noise;
}

const char* word_of(const results::ComparisonRow& row) {
  return *row.difference > 0 ? "slower" : "faster";
}

// -- With a guardrail

bool is(const results::ComparisonRow& row, stats::CostVerdict verdict) {
  return row.verdict == stats::verdict_word(verdict);
}

/// What no time was made of, or none that counts.
bool is_open(const results::ComparisonRow& row) {
  return row.verdict == analysis::kNotJudged || row.verdict == analysis::kNotTimed;
}

DatasetClause guarded_time(const Comparison& comparison, const results::ComparisonRow& row) {
  using enum stats::CostVerdict;
  if (is_open(row)) return {row.dataset, row.verdict, row.reason};
  if (is(row, not_slower)) return {row.dataset, "not slower at " + quantity(comparison, row), ""};
  if (!row.difference) return {row.dataset, "not shown to be as fast", row.reason};
  if (is(row, faster)) return {row.dataset, "faster", measured_text(comparison, row)};
  if (is(row, guardrail_broken) || is(row, slower_within_guardrail)) {
    return {row.dataset, "slower",
            fmt::format("{}, {}", measured_text(comparison, row), row.reason)};
  }
  return {row.dataset, "not shown to keep its guardrail on " + quantity(comparison, row),
          fmt::format("{}; {}", change_text(comparison, row), row.reason)};
}

/// Another load under which it is clearly slower though this guardrail is kept, or faster though it
/// is broken: whoever reads of one load takes it for all.
const results::ComparisonRow* contradiction(const Comparison& comparison,
                                            const results::ComparisonRow& guardrail) {
  if (is_open(guardrail) || !guardrail.difference) return nullptr;
  const bool broken = guardrail.verdict == analysis::kGuardrailBroken;
  for (const results::ComparisonRow& row : comparison.comparisons) {
    const bool other = row.variant == guardrail.variant && row.dataset == guardrail.dataset &&
                       row.quantile == guardrail.quantile && row.scenario != guardrail.scenario;
    if (!other || row.family != analysis::kExploratoryFamily || !is_clear(comparison, row))
      continue;
    if ((*row.difference > 0) != broken) return &row;
  }
  return nullptr;
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

/// Said of the first data set where there is one: "but slower under server (p99 3.8 ms ...)".
std::string other_loads(const Comparison& comparison, const TimeGuardrail& guardrail) {
  for (const results::ComparisonRow* row : guardrail.rows) {
    const results::ComparisonRow* other = contradiction(comparison, *row);
    if (other == nullptr) continue;
    const std::string where =
        comparison.datasets.size() > 1 ? " on " + other->dataset : std::string();
    return fmt::format(", but {} under another load{} ({}, exploratory)", word_of(*other), where,
                       measured_text(comparison, *other));
  }
  return "";
}

/// @param several  guardrails on times, so that one that claims nothing says which it is
Clause time_clause(const Comparison& comparison, const TimeGuardrail& guardrail, bool several) {
  const bool judged = std::ranges::any_of(
      guardrail.rows, [](const results::ComparisonRow* row) { return !is_open(*row); });
  if (!judged) {  // on every data set for the same reason: a stage of the chain, or no stage at all
    const results::ComparisonRow& row = *guardrail.rows.front();
    if (row.verdict == analysis::kNotTimed)
      return {fmt::format("it is not timed: {}", row.reason), "", false};
    const std::string which = several ? " at " + quantity(comparison, row) : std::string();
    return {fmt::format("its latency{} is not judged: {}", which, row.reason), "", false};
  }
  std::vector<DatasetClause> dataset_clauses;
  Clause clause;
  for (const results::ComparisonRow* row : guardrail.rows) {
    dataset_clauses.push_back(guarded_time(comparison, *row));
    clause.alarm |= row->verdict == analysis::kGuardrailBroken;
  }
  const std::string text = joined_clauses(dataset_clauses, comparison.datasets.size() > 1);
  const std::string others = other_loads(comparison, guardrail);
  clause.text = "it is " + text + others;
  if (text.starts_with("not slower at ") && text.find(" (") == std::string::npos)
    clause.alone = text + others;
  return clause;
}

// -- Without

/// Without a guardrail there is no verdict, but a clear difference is told, and under further loads
/// where it has another direction.
std::vector<Clause> exploratory_times(const Comparison& comparison, const std::string& variant) {
  std::vector<Clause> clauses;
  std::vector<std::string> scenarios = {comparison.scenario()};
  for (const results::LatencyRow& row : comparison.latencies) {
    if (std::ranges::count(scenarios, row.scenario) == 0) scenarios.push_back(row.scenario);
  }
  std::vector<std::string> said;
  for (const std::string& scenario : scenarios) {
    std::vector<DatasetClause> dataset_clauses;
    for (const results::ComparisonRow& row : comparison.comparisons) {
      const bool is_p99 = row.variant == variant && row.family == analysis::kExploratoryFamily &&
                          row.scenario == scenario && row.quantile == 0.99;
      if (!is_p99 || !is_clear(comparison, row)) continue;
      if (std::ranges::count(said, row.dataset + word_of(row)) > 0) continue;
      said.push_back(row.dataset + word_of(row));
      dataset_clauses.push_back(
          {row.dataset, word_of(row), measured_text(comparison, row) + ", exploratory"});
    }
    if (dataset_clauses.empty()) continue;
    clauses.push_back(
        {"it is " + joined_clauses(dataset_clauses, comparison.datasets.size() > 1), "", false});
  }
  return clauses;
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
  return Clause{"it is " + joined_clauses(dataset_clauses, comparison.datasets.size() > 1), "",
                false};
}

}  // namespace

std::string joined_clauses(const std::vector<DatasetClause>& dataset_clauses, bool name_datasets) {
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

std::vector<Clause> time_clauses(const Comparison& comparison, const std::string& variant) {
  std::vector<Clause> clauses;
  const std::vector<TimeGuardrail> guardrails = time_guardrails(comparison, variant);
  for (const TimeGuardrail& guardrail : guardrails) {
    Clause clause = time_clause(comparison, guardrail, guardrails.size() > 1);
    // What holds under every load, such as that a list was made elsewhere, is said once.
    if (std::ranges::find(clauses, clause.text, &Clause::text) == clauses.end())
      clauses.push_back(std::move(clause));
  }
  if (guardrails.empty()) clauses = exploratory_times(comparison, variant);
  if (const auto overload = overload_clause(comparison, variant)) clauses.push_back(*overload);
  return clauses;
}

}  // namespace assay::report
