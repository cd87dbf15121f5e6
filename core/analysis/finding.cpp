#include "analysis/finding.h"

#include <fmt/core.h>

#include <algorithm>

#include "stats/multiple.h"
#include "stats/verdict.h"

namespace assay::analysis {

namespace {

struct Family {
  const char* name;
  const char* correction_name;
  stats::Correction correction;
};

constexpr Family kFamilies[] = {
    {kConfirmatoryFamily, "holm", stats::Correction::holm},
    {kExploratoryFamily, "benjamini-hochberg", stats::Correction::benjamini_hochberg}};

const Family* family_of(Finding::Kind kind) {
  if (kind == Finding::Kind::noise_floor) return nullptr;
  return &kFamilies[kind == Finding::Kind::exploratory ? 1 : 0];
}

void correct(std::vector<Finding>& findings, const Family& family) {
  std::vector<results::ComparisonRow*> tested;
  std::vector<double> p;
  for (Finding& finding : findings) {
    if (family_of(finding.kind) != &family) continue;
    finding.row.family = family.name;
    finding.row.correction = family.correction_name;
    if (!finding.row.p) continue;
    tested.push_back(&finding.row);
    p.push_back(*finding.row.p);
  }
  const std::vector<double> adjusted = stats::adjust(p, family.correction);
  for (size_t i = 0; i < tested.size(); ++i) tested[i]->p_adjusted = adjusted[i];
}

void decide_primary(results::ComparisonRow& row, const Comparing& comparing) {
  stats::DecisionInput input;
  input.n = row.n.value_or(0);
  input.difference = row.difference;
  if (row.ci_low) input.interval = {*row.ci_low, *row.ci_high};
  input.p_adjusted = row.p_adjusted;
  input.alpha = comparing.settings.compare.alpha;
  input.minimum_detectable_effect = row.minimum_detectable_effect;
  input.margin = comparing.settings.compare.margin;
  input.higher_is_better = comparing.higher_is_better(row.definition);
  input.reason = row.reason;
  const stats::Decision decision = stats::decide(input);
  row.verdict = stats::verdict_word(decision.verdict);
  // Where there is no number its own reason says more.
  if (row.difference && !decision.reason.empty()) row.reason = decision.reason;
}

/// Of several guardrails some seem broken by chance alone.
void soften(results::ComparisonRow& row, double alpha) {
  if (row.verdict != kGuardrailBroken || !row.p_adjusted || *row.p_adjusted <= alpha) return;
  row.verdict = stats::verdict_word(stats::Verdict::undecided);
  row.reason +=
      fmt::format(", but p = {:.2g} after correction for multiple comparisons", *row.p_adjusted);
}

}  // namespace

bool is_wanted(const task::MetricsSpec& metrics, const results::StageMetric& at) {
  if (metrics.served.empty() && metrics.pool.empty()) return true;
  const task::MetricAt column{at.definition, at.cutoff};
  const bool whole_list = at.cutoff == 0;  // the group pool, which looks at what is served too
  if (at.stage != kServed || whole_list) return std::ranges::count(metrics.pool, column) > 0;
  return column == metrics.primary || std::ranges::count(metrics.served, column) > 0;
}

std::string Comparing::times_not_judged(const std::string& variant) const {
  for (const std::string& name : {variant, baseline}) {
    const auto found = unoptimised.find(name);
    if (found != unoptimised.end()) return found->second;
  }
  return "";
}

bool Comparing::higher_is_better(const std::string& definition) const {
  const auto found = metrics.find(definition);
  return found == metrics.end() || found->second.higher_is_better.value_or(true);
}

void conclude(std::vector<Finding>& findings, const Comparing& comparing) {
  for (const Family& family : kFamilies) correct(findings, family);
  for (Finding& finding : findings) {
    if (finding.kind == Finding::Kind::primary) decide_primary(finding.row, comparing);
    if (finding.kind == Finding::Kind::guardrail) {
      soften(finding.row, comparing.settings.compare.alpha);
    }
  }
}

}  // namespace assay::analysis
