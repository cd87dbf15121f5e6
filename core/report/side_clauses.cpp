#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "analysis/finding.h"
#include "analysis/metric_name.h"
#include "report/board.h"
#include "report/cost_unit.h"
#include "report/numbers.h"
#include "report/sentences.h"
#include "report/smallest_difference.h"
#include "report/time_clauses.h"
#include "stats/verdict.h"
#include "text/listed.h"

namespace assay::report {

namespace {

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
    if (!is_of_interest(comparison, *row)) continue;
    dataset_clauses.push_back(
        {dataset, *row->difference > 0 ? "more diverse" : "less diverse",
         fmt::format("{} {}", difference_text(*row->difference, row->ci_low, row->ci_high),
                     analysis::metric_text("intra-list distance", comparison.cutoff))});
  }
  if (dataset_clauses.empty()) return std::nullopt;
  return Clause{"its lists are " + joined_clauses(dataset_clauses, comparison.datasets.size() > 1),
                "", false};
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
  std::string change =
      with_cost_unit(difference_text(*row.difference, row.ci_low, row.ci_high), row);
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
        {name + " " + joined_clauses(dataset_clauses, comparison.datasets.size() > 1), "", broken});
  }
}

// -- Lists that were made elsewhere

/// Nothing of this database says what they were made from.
std::optional<Clause> imported_clause(const Comparison& comparison, const std::string& variant) {
  const auto found = comparison.imported.find(variant);
  if (found == comparison.imported.end()) return std::nullopt;
  const std::vector<std::string>& lists = found->second.lists;
  return Clause{lists.size() == 1
                    ? fmt::format("how its list {} was made is not known", lists.front())
                    : fmt::format("how its lists {} were made is not known", text::listed(lists)),
                "", false};
}

}  // namespace

std::vector<Clause> side_clauses(const Comparison& comparison, const std::string& variant) {
  std::vector<Clause> clauses;
  if (const auto diversity = diversity_clause(comparison, variant)) clauses.push_back(*diversity);
  add_metric_guardrails(comparison, variant, clauses);
  for (Clause& clause : time_clauses(comparison, variant)) clauses.push_back(std::move(clause));
  if (const auto imported = imported_clause(comparison, variant)) clauses.push_back(*imported);
  return clauses;
}

}  // namespace assay::report
