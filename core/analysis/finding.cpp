#include "analysis/finding.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

#include "stats/multiple.h"
#include "stats/verdict.h"
#include "text/thousands.h"

namespace assay::analysis {

namespace {

/// Rows of one family, and the tests that it counts: those that have no p count as well, where the
/// file asked for them.
void correct(std::span<results::ComparisonRow* const> rows, const char* family,
             stats::Correction correction, const char* name, int64_t size) {
  std::vector<results::ComparisonRow*> tested;
  std::vector<double> p;
  for (results::ComparisonRow* const row : rows) {
    row->family = family;
    row->correction = name;
    if (!row->p) continue;
    tested.push_back(row);
    p.push_back(*row->p);
  }
  p.resize(std::max(p.size(), static_cast<size_t>(size)), 1.0);
  const std::vector<double> adjusted = stats::adjust(p, correction);
  for (size_t i = 0; i < tested.size(); ++i) {
    tested[i]->p_adjusted = adjusted[i];
    tested[i]->family_size = std::ssize(p);
  }
}

std::vector<results::ComparisonRow*> rows_of(std::vector<Finding>& findings, Finding::Kind kind) {
  std::vector<results::ComparisonRow*> rows;
  for (Finding& finding : findings) {
    if (finding.kind == kind) rows.push_back(&finding.row);
  }
  return rows;
}

/// Which guardrail a row is about.
auto limit_of(const results::ComparisonRow& row) {
  return std::tuple(row.definition, row.cutoff, row.scenario.value_or(""),
                    row.quantile.value_or(0.0));
}

/// Each guardrail by itself: a variant must keep all of them, so that those of one variant need no
/// correction for each other (an intersection-union test).
void correct_guardrails(std::vector<Finding>& findings, const Comparing& comparing) {
  std::map<decltype(limit_of(std::declval<results::ComparisonRow>())),
           std::vector<results::ComparisonRow*>>
      families;
  for (results::ComparisonRow* const row : rows_of(findings, Finding::Kind::guardrail))
    families[limit_of(*row)].push_back(row);
  for (auto& [limit, rows] : families)
    correct(rows, kGuardrailFamily, stats::Correction::bonferroni, "bonferroni", comparing.planned);
}

void correct_all(std::vector<Finding>& findings, const Comparing& comparing) {
  correct(rows_of(findings, Finding::Kind::primary), kConfirmatoryFamily, stats::Correction::holm,
          "holm", comparing.planned);
  correct_guardrails(findings, comparing);
  correct(rows_of(findings, Finding::Kind::exploratory), kExploratoryFamily,
          stats::Correction::benjamini_hochberg, "benjamini-hochberg", 0);
}

/// The level of the first step of Holm, at which a difference is found whatever the others are.
stats::PowerOptions power_of(const Comparing& comparing) {
  const task::CompareSpec& compare = comparing.settings.compare;
  return {compare.alpha / static_cast<double>(comparing.planned), compare.power};
}

stats::DecisionInput input_of(const results::ComparisonRow& row, const Comparing& comparing) {
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
  if (comparing.planned > 1)
    input.correction = fmt::format("Holm over {} comparisons", comparing.planned);
  return input;
}

/// The difference that more requests are to show: the margin, or the one that was seen where that
/// is clear of 0, or no smaller than the margin could be found.
double sought(const results::ComparisonRow& row, double margin) {
  const bool clear = row.ci_low && (*row.ci_low > 0.0 || *row.ci_high < 0.0);
  const bool hidden = row.minimum_detectable_effect.value_or(0.0) > margin;
  return margin > 0.0 && hidden && !clear ? margin : row.difference.value_or(0.0);
}

void say_needed(Finding& finding, const Comparing& comparing, stats::DecisionInput& input) {
  results::ComparisonRow& row = finding.row;
  const double effect = sought(row, input.margin);
  if (!finding.spread || effect == 0.0) return;
  const bool of_margin = effect == input.margin;
  const auto needed = stats::pairs_needed(effect, *finding.spread, power_of(comparing));
  // More than anybody has tells nothing.
  if (!needed && finding.spread->variance_beside_pairs > 0.0)
    input.needs = fmt::format("more seeds are needed: their variance alone hides {}",
                              of_margin ? "the margin" : "the difference seen");
  if (!needed || *needed > 1e12 || *needed <= static_cast<double>(row.n.value_or(0))) return;
  row.needed = static_cast<int64_t>(*needed);
  input.needs = needed_text(*row.needed, row.method, comparing.settings.compare.power);
  if (of_margin) input.needs += " at the margin";
}

void decide_primary(Finding& finding, const Comparing& comparing) {
  results::ComparisonRow& row = finding.row;
  if (finding.spread && row.n.value_or(0) > 0) {
    row.minimum_detectable_effect =
        stats::minimum_detectable_effect(finding.spread->standard_error(*row.n),
                                         finding.spread->degrees_of_freedom, power_of(comparing));
  }
  stats::DecisionInput input = input_of(row, comparing);
  say_needed(finding, comparing, input);
  const stats::Decision decision = stats::decide(input);
  row.verdict = stats::verdict_word(decision.verdict);
  const bool open =
      decision.verdict == stats::Verdict::undecided || decision.verdict == stats::Verdict::too_few;
  if (!open || input.n < stats::kRequestsForVerdict) row.needed.reset();
  // Where there is no number its own reason says more.
  if (row.difference && !decision.reason.empty()) row.reason = decision.reason;
}

}  // namespace

bool is_by_user(const std::string& method) { return method.find(kByUser) != std::string::npos; }

std::string needed_text(int64_t needed, const std::string& method, double power) {
  // Two digits: the spread that it follows from is an estimate.
  const double unit = std::pow(10.0, std::max(0.0, std::floor(std::log10(needed)) - 1.0));
  const auto rounded = static_cast<int64_t>(std::ceil(static_cast<double>(needed) / unit) * unit);
  std::string share = fmt::format("{:g}", power);
  if (share.starts_with("0.")) share.erase(0, 1);
  return fmt::format("needs about {} {} for a power of {}", text::thousands(rounded),
                     is_by_user(method) ? "users" : "requests", share);
}

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

double Comparing::guardrail_alpha() const {
  // Two bounds: together below 1, whatever alpha the file asks for.
  return std::min(0.49, settings.compare.alpha / static_cast<double>(planned));
}

bool Comparing::higher_is_better(const std::string& definition) const {
  const auto found = metrics.find(definition);
  return found == metrics.end() || found->second.higher_is_better.value_or(true);
}

void conclude(std::vector<Finding>& findings, const Comparing& comparing) {
  correct_all(findings, comparing);
  for (Finding& finding : findings) {
    if (finding.kind == Finding::Kind::primary) decide_primary(finding, comparing);
  }
}

}  // namespace assay::analysis
