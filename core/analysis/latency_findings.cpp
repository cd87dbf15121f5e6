#include "analysis/latency_findings.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "analysis/noise_floor.h"
#include "stats/latency.h"
#include "stats/quantile.h"
#include "stats/verdict.h"

namespace assay::analysis {

namespace {

constexpr double kComparedQuantiles[] = {0.5, 0.95, 0.99};
constexpr double kNoiseQuantiles[] = {0.5, 0.99};

stats::BootstrapOptions bootstrap_of(const Comparing& comparing) {
  stats::BootstrapOptions options;
  options.resamples = comparing.resamples;
  options.seed = comparing.settings.seed;
  return options;
}

results::ComparisonRow row_of(const TrialGroup& baseline, const TrialGroup& variant,
                              const std::string& scenario, double quantile) {
  results::ComparisonRow row;
  row.dataset = variant.dataset;
  row.fold = variant.fold;
  row.baseline = baseline.variant;
  row.variant = variant.variant;
  row.definition = kLatency;
  row.scenario = scenario;
  row.quantile = quantile;
  row.method = "none";
  row.correction = "none";
  row.verdict = kNoVerdict;
  return row;
}

void fill(results::ComparisonRow& row, const stats::QuantileDifference& difference) {
  row.difference = difference.difference;
  row.relative = difference.relative;
  if (difference.interval) {
    row.ci_low = difference.interval->low;
    row.ci_high = difference.interval->high;
  }
  row.p = difference.p;
  row.n = std::min(difference.n_baseline, difference.n_variant);
  row.method = difference.method;
  row.reason = difference.reason;
}

/// "10 %" or "5 ms".
std::string limit_text(const task::GuardrailSpec& spec) {
  if (spec.max_increase_relative)
    return fmt::format("{:.4g} %", 100.0 * *spec.max_increase_relative);
  return fmt::format("{:.4g} ms", spec.max_increase.value_or(0.0));
}

/// An absolute limit is the same as none on times from which it was taken off: quantiles move with
/// their sample. Only broken, kept and p can be read off the result.
stats::GuardrailCheck check_absolute(std::span<const float> baseline, std::vector<float> variant,
                                     const stats::Guardrail& guardrail, double limit_ms,
                                     const stats::BootstrapOptions& options) {
  for (float& ms : variant) ms -= static_cast<float>(limit_ms);
  stats::Guardrail shifted = guardrail;
  shifted.max_increase = 0.0;
  shifted.noise_floor.reset();
  return stats::check_guardrail(baseline, variant, shifted, options);
}

bool is_kept(stats::CostVerdict verdict) {
  return verdict == stats::CostVerdict::faster || verdict == stats::CostVerdict::not_slower ||
         verdict == stats::CostVerdict::slower_within_guardrail;
}

/// A check of the relative limit, or of the absolute one put into the same form.
stats::GuardrailCheck check_times(const RunTimings& timings, const TimedStage& baseline,
                                  const TimedStage& variant, const task::GuardrailSpec& spec,
                                  const Comparing& comparing) {
  stats::Guardrail guardrail;
  guardrail.quantile = spec.quantile;
  guardrail.alpha = 2.0 * comparing.guardrail_alpha();  // two one-sided tests
  guardrail.noise_floor =
      noise_floor(timings, baseline, spec.quantile, comparing.settings.compare.alpha);
  const stats::BootstrapOptions options = bootstrap_of(comparing);
  if (spec.max_increase_relative) {
    guardrail.max_increase = *spec.max_increase_relative;
    return stats::check_guardrail(baseline.ms, variant.ms, guardrail, options);
  }
  // No relative increase is too large here: what is left is faster, not slower or slower.
  guardrail.max_increase = std::numeric_limits<double>::max();
  stats::GuardrailCheck check = stats::check_guardrail(baseline.ms, variant.ms, guardrail, options);
  if (!check.comparison.difference) return check;
  const stats::GuardrailCheck limit =
      check_absolute(baseline.ms, variant.ms, guardrail, spec.max_increase.value_or(0.0), options);
  check.p = limit.p;
  const double floor = guardrail.noise_floor.value_or(0.0);
  if (is_kept(limit.verdict) &&
      *check.comparison.difference + floor > spec.max_increase.value_or(0.0)) {
    check.verdict = stats::CostVerdict::undecided;
    check.reason =
        "the noise floor of this machine is too large to tell whether the guardrail of " +
        limit_text(spec) + " is kept";
    return check;
  }
  if (is_kept(limit.verdict)) return check;
  check.verdict = limit.verdict;
  if (limit.verdict != stats::CostVerdict::guardrail_broken) {
    check.reason = "the interval of the increase contains the guardrail of " + limit_text(spec);
  } else if (guardrail.noise_floor &&
             std::abs(*check.comparison.difference) <= *guardrail.noise_floor) {
    check.verdict = stats::CostVerdict::undecided;
    check.reason = "above the guardrail, but within the noise floor of this machine";
  }
  return check;
}

std::string reason_of(const stats::GuardrailCheck& check, const task::GuardrailSpec& spec) {
  if (check.verdict == stats::CostVerdict::guardrail_broken) {
    return "above the guardrail of " + limit_text(spec);
  }
  return is_kept(check.verdict) ? "within the guardrail of " + limit_text(spec) : check.reason;
}

/// Times of a list that was made elsewhere are those of a look-up. Nothing is told of them.
bool is_not_timed(results::ComparisonRow& row, const Comparing& comparing) {
  for (const std::string& name : {row.variant, row.baseline}) {
    const auto found = comparing.imported.find(name);
    if (found == comparing.imported.end() || !found->second.alone) continue;
    row.difference = row.relative = row.ci_low = row.ci_high = row.p = std::nullopt;
    row.n.reset();
    row.method = "none";
    row.verdict = kNotTimed;
    row.reason = name == row.variant ? found->second.text()
                                     : fmt::format("{}, the baseline, is not timed: {}", name,
                                                   found->second.text());
    return true;
  }
  return false;
}

/// Why two times are not compared though both were measured; empty where they are.
std::string not_judged(const TimedStage& baseline, const TimedStage& variant,
                       const Comparing& comparing) {
  std::string why = comparing.times_not_judged(variant.variant);
  const std::string& busy = baseline.busy.empty() ? variant.busy : baseline.busy;
  if (why.empty() && !busy.empty()) why = kMachineWasBusy + (": " + busy);
  return why;
}

/// The difference is told where a build without optimisation made it or the machine was busy, but
/// no test of it: a verdict would be about the build, or about what else ran.
/// @param why  that is so; empty where it is not
void leave_open(results::ComparisonRow& row, const std::string& why, const Comparing& comparing) {
  if (is_not_timed(row, comparing)) return;
  if (why.empty()) return;
  row.p.reset();
  row.verdict = kNotJudged;
  row.reason = why;
}

results::ComparisonRow check_guardrail_row(const TrialGroup& baseline, const TrialGroup& variant,
                                           const RunTimings& timings,
                                           const task::GuardrailSpec& spec,
                                           const Comparing& comparing) {
  for (const std::string& scenario : timings.scenarios(variant.dataset, variant.fold)) {
    if (!spec.scenario.empty() && scenario_kind(scenario) != spec.scenario) continue;
    const TimedStage* from = timings.find(baseline, scenario);
    const TimedStage* to = timings.find(variant, scenario);
    if (from == nullptr || to == nullptr) continue;
    results::ComparisonRow row = row_of(baseline, variant, scenario, spec.quantile);
    const stats::GuardrailCheck check = check_times(timings, *from, *to, spec, comparing);
    fill(row, check.comparison);
    row.p = check.p;
    row.method += fmt::format(", one-sided against the guardrail, {:.4g} % bounds",
                              100.0 * (1.0 - comparing.guardrail_alpha()));
    row.verdict = stats::verdict_word(check.verdict);
    row.reason = reason_of(check, spec);
    leave_open(row, not_judged(*from, *to, comparing), comparing);
    return row;
  }
  results::ComparisonRow row = row_of(baseline, variant, spec.scenario, spec.quantile);
  row.verdict = kNotMeasured;
  row.reason = fmt::format("{} of {} was not timed", stats::quantile_name(spec.quantile),
                           spec.scenario.empty() ? "any scenario" : spec.scenario);
  return row;
}

/// One variant on one data set against the baseline.
void compare_variant(const TrialGroup& baseline, const TrialGroup& variant,
                     const RunTimings& timings, const Comparing& comparing,
                     std::vector<Finding>& findings) {
  const size_t first = findings.size();
  for (const task::GuardrailSpec& spec : comparing.settings.compare.guardrails) {
    if (spec.metric != kLatency) continue;
    findings.push_back({Finding::Kind::guardrail,
                        check_guardrail_row(baseline, variant, timings, spec, comparing)});
  }
  const size_t guardrails = findings.size();
  const auto is_guarded = [&](const std::string& scenario, double quantile) {
    return std::any_of(
        findings.begin() + static_cast<ptrdiff_t>(first),
        findings.begin() + static_cast<ptrdiff_t>(guardrails), [&](const Finding& finding) {
          return finding.row.scenario == scenario && finding.row.quantile == quantile;
        });
  };
  for (const std::string& scenario : timings.scenarios(variant.dataset, variant.fold)) {
    const TimedStage* from = timings.find(baseline, scenario);
    const TimedStage* to = timings.find(variant, scenario);
    if (from == nullptr || to == nullptr) continue;
    for (const double quantile : kComparedQuantiles) {
      if (is_guarded(scenario, quantile)) continue;
      results::ComparisonRow row = row_of(baseline, variant, scenario, quantile);
      fill(row,
           stats::quantile_difference(from->ms, to->ms, quantile, comparing.settings.compare.alpha,
                                      bootstrap_of(comparing)));
      leave_open(row, not_judged(*from, *to, comparing), comparing);
      findings.push_back({Finding::Kind::exploratory, std::move(row)});
    }
  }
}

void add_noise_floors(const TrialGroup& baseline, const RunTimings& timings, double alpha,
                      std::vector<Finding>& findings) {
  for (const std::string& scenario : timings.scenarios(baseline.dataset, baseline.fold)) {
    const TimedStage* timed = timings.find(baseline, scenario);
    if (timed == nullptr || timed->repeat_ms.empty()) continue;
    for (const double quantile : kNoiseQuantiles) {
      const std::optional<double> floor = noise_floor(timings, *timed, quantile, alpha);
      if (!floor) continue;
      results::ComparisonRow row = row_of(baseline, baseline, scenario, quantile);
      row.family = kNoiseFloorFamily;
      row.verdict = kNoiseFloorFamily;
      row.method = "the baseline timed twice, and the spread of all rounds";
      if (!timed->busy.empty()) row.reason = kMachineWasBusy + (": " + timed->busy);
      row.difference = floor;
      row.n = std::min(std::ssize(timed->ms), std::ssize(timed->repeat_ms));
      findings.push_back({Finding::Kind::noise_floor, std::move(row)});
    }
  }
}

}  // namespace

std::vector<Finding> compare_latency(const Comparing& comparing, const RunTimings& timings) {
  std::vector<Finding> findings;
  for (const TrialGroup& group : comparing.samples.groups()) {
    if (!group.complete) continue;
    if (group.variant == comparing.baseline) {
      add_noise_floors(group, timings, comparing.settings.compare.alpha, findings);
      continue;
    }
    const TrialGroup* baseline =
        comparing.samples.find(comparing.baseline, group.dataset, group.fold);
    if (baseline == nullptr || !baseline->complete) continue;
    compare_variant(*baseline, group, timings, comparing, findings);
  }
  return findings;
}

}  // namespace assay::analysis
