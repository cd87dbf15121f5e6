#include "analysis/metric_guardrail.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "analysis/catalogue_bootstrap.h"
#include "analysis/metric_name.h"
#include "analysis/paired_values.h"
#include "error/error.h"
#include "stats/distributions.h"
#include "stats/moments.h"
#include "stats/verdict.h"

namespace assay::analysis {

namespace {

/// The baseline's value v becomes factor v + offset, the last one that is allowed.
struct Limit {
  bool increase = false;
  double factor = 1.0;
  double offset = 0.0;

  double of(double baseline) const { return factor * baseline + offset; }
  double slack(double baseline, double variant) const {
    return increase ? of(baseline) - variant : variant - of(baseline);
  }
};

std::vector<Limit> limits_of(const task::GuardrailSpec& spec) {
  std::vector<Limit> limits;
  if (spec.max_increase) limits.push_back({true, 1.0, *spec.max_increase});
  if (spec.max_increase_relative) limits.push_back({true, 1.0 + *spec.max_increase_relative, 0.0});
  if (spec.max_decrease) limits.push_back({false, 1.0, -*spec.max_decrease});
  if (spec.max_decrease_relative) limits.push_back({false, 1.0 - *spec.max_decrease_relative, 0.0});
  return limits;
}

/// Worse verdicts come later.
enum class Kept { yes, undecided, no };

struct Check {
  Kept kept = Kept::yes;
  std::optional<double> p;                    ///< of "beyond the limit": small where it is kept
  std::optional<stats::Interval> difference;  ///< of variant - baseline, as the slack has it
};

SeedValues limits_on(const Limit& limit, SeedValues baseline) {
  for (std::vector<float>& values : baseline) {
    for (float& value : values) value = static_cast<float>(limit.of(value));
  }
  return baseline;
}

/// Both sides such that variant - baseline is the slack.
stats::PairedSample slack_sample(const Limit& limit, const ColumnPair& columns,
                                 const GroupUsers& users) {
  const size_t from = columns.baseline.seeds(), to = columns.variant.seeds();
  stats::SeedPairing slack(limit.increase ? to : from, limit.increase ? from : to, users.order());
  for (const RequestRange& range : columns.baseline.ranges()) {
    const SeedValues allowed = limits_on(limit, columns.baseline.read(range));
    const SeedValues variant = columns.variant.read(range);
    slack.add(spans(limit.increase ? variant : allowed), spans(limit.increase ? allowed : variant),
              users.read(range));
  }
  return slack.sample();
}

/// The interval of variant - baseline that belongs to one of the slack: the limit is as far from the
/// baseline's mean as the file allows.
stats::Interval difference_of(const Limit& limit, const stats::Interval& slack, double baseline) {
  const double allowed = limit.of(baseline) - baseline;
  if (limit.increase) return {allowed - slack.high, allowed - slack.low};
  return {allowed + slack.low, allowed + slack.high};
}

/// Two one-sided tests, each at the guardrail's level: the interval's level is twice that.
Check check_slack(const Limit& limit, const stats::PairedSample& slack, double baseline,
                  const Comparing& comparing) {
  stats::PairedOptions options;
  options.alpha = 2.0 * comparing.guardrail_alpha();
  options.method = stats::choose_method(slack.n(), true);
  options.bootstrap.resamples = comparing.resamples;
  options.bootstrap.seed = comparing.settings.seed;
  const stats::Difference difference = stats::paired_difference(slack, options);
  if (!difference.interval) return {Kept::undecided, std::nullopt, std::nullopt};
  Check check;
  check.p = *difference.value > 0.0 ? *difference.p / 2.0 : 1.0 - *difference.p / 2.0;
  check.difference = difference_of(limit, *difference.interval, baseline);
  if (difference.interval->low < 0.0)
    check.kept = difference.interval->high < 0.0 ? Kept::no : Kept::undecided;
  return check;
}

/// The worst of several limits speaks for the guardrail.
Check worst(std::span<const Check> checks) {
  error::require(!checks.empty(), "a guardrail allows something");
  Check all = checks.front();
  for (const Check& check : checks.subspan(1)) {
    if (check.kept > all.kept || (check.kept == all.kept && check.p > all.p)) all = check;
  }
  return all;
}

void conclude_check(results::ComparisonRow& row, Kept kept, const task::GuardrailSpec& spec) {
  const std::string allowed = allowance_text(spec);
  if (kept == Kept::yes) {
    row.verdict = kGuardrailKept;
    row.reason = "allowed: " + allowed;
  } else if (kept == Kept::no) {
    row.verdict = kGuardrailBroken;
    row.reason = "allowed: " + allowed;
  } else {
    row.verdict = stats::verdict_word(stats::Verdict::undecided);
    if (row.reason.empty())
      row.reason = "the interval includes values beyond the guardrail: " + allowed;
  }
}

/// Mean over seeds of a catalogue metric; none where a trial has no value, or folds are pooled.
std::optional<double> catalogue_mean(const results::Reader& reader, const TrialGroup& group,
                                     const results::StageMetric& at) {
  double sum = 0;
  for (const SeedTrials& seed : group.seeds) {
    if (seed.trial_keys.size() != 1) return std::nullopt;
    const std::optional<double> value = reader.catalogue_value(seed.trial_keys.front(), at);
    if (!value) return std::nullopt;
    sum += *value;
  }
  return sum / static_cast<double>(group.seeds.size());
}

/// ", one-sided against the guardrail, 99.5 % bounds".
std::string one_sided_text(const Comparing& comparing) {
  return fmt::format(", one-sided against the guardrail, {:.4g} % bounds",
                     100.0 * (1.0 - comparing.guardrail_alpha()));
}

/// The slack of a limit, of the whole sample and of every resample.
Check check_catalogue_slack(const Limit& limit, double baseline, double variant,
                            const CatalogueResamples& resamples, const Comparing& comparing) {
  std::vector<double> slacks;
  for (size_t b = 0; b < resamples.baseline.size(); ++b)
    slacks.push_back(limit.slack(resamples.baseline[b], resamples.variant[b]));
  const double variance = stats::moments_of(slacks).variance + resamples.seeds_variant +
                          limit.factor * limit.factor * resamples.seeds_baseline;
  const double slack = limit.slack(baseline, variant), error = std::sqrt(variance);
  const double reach = stats::normal_quantile(1.0 - comparing.guardrail_alpha()) * error;
  Check check;
  check.p = error > 0.0 ? stats::normal_cdf(-slack / error) : slack < 0.0 ? 1.0 : 0.0;
  check.difference = difference_of(limit, {slack - reach, slack + reach}, baseline);
  if (slack - reach < 0.0) check.kept = slack + reach < 0.0 ? Kept::no : Kept::undecided;
  return check;
}

void judge_catalogue(results::ComparisonRow& row, double baseline, double variant,
                     const CatalogueResamples& resamples, const task::GuardrailSpec& spec,
                     const Comparing& comparing) {
  std::vector<Check> checks;
  for (const Limit& limit : limits_of(spec))
    checks.push_back(check_catalogue_slack(limit, baseline, variant, resamples, comparing));
  const Check check = worst(checks);
  row.p = check.p;
  row.ci_low = check.difference->low;
  row.ci_high = check.difference->high;
  row.n = resamples.users;
  row.method = fmt::format("bootstrap of users, normal, {} resamples{}", resamples.variant.size(),
                           one_sided_text(comparing));
  conclude_check(row, check.kept, spec);
  if (*row.n >= stats::kRequestsForVerdict) return;
  row.verdict = stats::verdict_word(stats::Verdict::too_few);
  row.reason =
      fmt::format("{} users; a verdict needs at least {}", *row.n, stats::kRequestsForVerdict);
}

results::ComparisonRow check_catalogue(const Comparing& comparing, const GroupPair& pair,
                                       const results::StageMetric& at,
                                       const task::GuardrailSpec& spec) {
  results::ComparisonRow row = pair.row(at);
  const results::Reader& reader = comparing.samples.reader();
  const auto baseline = catalogue_mean(reader, pair.baseline, at);
  const auto variant = catalogue_mean(reader, pair.variant, at);
  if (!baseline || !variant) {
    row.verdict = kNotMeasured;
    row.reason =
        fmt::format("{} has no value", baseline ? pair.variant.variant : pair.baseline.variant);
    return row;
  }
  row.difference = *variant - *baseline;
  if (*baseline != 0.0) row.relative = *row.difference / *baseline;
  if (const auto resamples = resample_catalogue(comparing, pair, at)) {
    judge_catalogue(row, *baseline, *variant, *resamples, spec, comparing);
    return row;
  }
  row.method =
      "difference of means over seeds; the lists say nothing of its spread, so no interval";
  const auto broken = [&](const Limit& limit) { return limit.slack(*baseline, *variant) < 0.0; };
  conclude_check(row, std::ranges::any_of(limits_of(spec), broken) ? Kept::no : Kept::yes, spec);
  return row;
}

results::ComparisonRow check_requests(const Comparing& comparing, const GroupPair& pair,
                                      const results::StageMetric& at,
                                      const task::GuardrailSpec& spec) {
  results::ComparisonRow row = compare_column(comparing, pair, at, true);
  row.p.reset();
  row.minimum_detectable_effect.reset();
  if (!row.ci_low) {
    row.verdict = stats::verdict_word(stats::Verdict::undecided);
    return row;
  }
  row.reason.clear();
  const ColumnPair columns(comparing.samples.reader(), pair.baseline, pair.variant, at);
  const double baseline = pair_values(columns, pair.users).baseline_mean().value_or(0.0);
  std::vector<Check> checks;
  for (const Limit& limit : limits_of(spec)) {
    checks.push_back(
        check_slack(limit, slack_sample(limit, columns, pair.users), baseline, comparing));
  }
  const Check check = worst(checks);
  row.p = check.p;
  if (check.difference) {
    row.ci_low = check.difference->low;
    row.ci_high = check.difference->high;
  }
  row.method += one_sided_text(comparing);
  conclude_check(row, check.kept, spec);
  if (row.n.value_or(0) < stats::kRequestsForVerdict) {
    row.verdict = stats::verdict_word(stats::Verdict::too_few);
    row.reason = fmt::format("{} requests; a verdict needs at least {}", row.n.value_or(0),
                             stats::kRequestsForVerdict);
  }
  return row;
}

void append(std::string& text, const std::optional<double>& limit, double scale, const char* unit,
            const char* direction) {
  if (!limit) return;
  if (!text.empty()) text += ", ";
  text += fmt::format("at most {:.4g}{} {}", scale * *limit, unit, direction);
}

}  // namespace

std::string allowance_text(const task::GuardrailSpec& spec) {
  std::string text;
  append(text, spec.max_increase, 1.0, "", "higher");
  append(text, spec.max_increase_relative, 100.0, " %", "higher");
  append(text, spec.max_decrease, 1.0, "", "lower");
  append(text, spec.max_decrease_relative, 100.0, " %", "lower");
  return text;
}

results::ComparisonRow check_metric_guardrail(const Comparing& comparing, const GroupPair& pair,
                                              const task::GuardrailSpec& spec) {
  const MetricName name = parse_metric_name(spec.metric);
  const std::vector<results::MetricRow> metrics = comparing.samples.reader().metrics();
  const results::MetricRow* metric = find_metric(metrics, name.name);
  error::require(metric != nullptr, "a guardrail is about a metric that is measured");
  const results::StageMetric at{kServed, metric->definition, name.cutoff.value_or(0)};
  if (metric->scope == results::MetricRow::Scope::catalogue) {
    return check_catalogue(comparing, pair, at, spec);
  }
  const std::vector<results::StageMetric> columns = comparing.samples.columns(pair.variant);
  if (std::ranges::binary_search(columns, at)) return check_requests(comparing, pair, at, spec);
  results::ComparisonRow row = pair.row(at);
  row.verdict = kNotMeasured;
  row.reason = spec.metric + " was not measured";
  return row;
}

}  // namespace assay::analysis
