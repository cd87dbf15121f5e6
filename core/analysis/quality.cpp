#include "analysis/quality.h"

#include <algorithm>
#include <cmath>

#include "analysis/fit_cost.h"
#include "analysis/metric_guardrail.h"
#include "analysis/paired_values.h"
#include "analysis/slices.h"
#include "stats/power.h"

namespace assay::analysis {

namespace {

void fill(results::ComparisonRow& row, const stats::Difference& difference,
          std::optional<double> baseline_mean, const Comparing& comparing) {
  row.difference = difference.value;
  if (difference.interval) {
    row.ci_low = difference.interval->low;
    row.ci_high = difference.interval->high;
  }
  if (difference.value && baseline_mean && *baseline_mean != 0.0) {
    row.relative = *difference.value / *baseline_mean;
  }
  row.p = difference.p;
  row.method = difference.method;
  row.n = difference.n;
  row.reason = difference.reason;
  if (!difference.standard_error) return;
  row.minimum_detectable_effect = stats::minimum_detectable_effect(
      *difference.standard_error, *difference.degrees_of_freedom,
      {comparing.settings.compare.alpha, comparing.settings.compare.power});
}

/// What more requests would narrow, and what only more seeds would.
stats::PairSpread spread_of(const stats::PairedSample& sample,
                            const stats::Difference& difference) {
  const double error = *difference.standard_error;
  const double seeds = sample.seeds ? sample.seeds->variance_of_mean : 0.0;
  return {std::sqrt(std::max(0.0, (error * error - seeds) * static_cast<double>(difference.n))),
          *difference.degrees_of_freedom, seeds};
}

/// All columns of one variant that the baseline has too.
class VariantComparison {
 public:
  VariantComparison(const Comparing& comparing, const GroupPair& pair)
      : comparing_(comparing), pair_(pair) {}

  std::vector<Finding> run() {
    const std::vector<results::StageMetric> known = comparing_.samples.columns(pair_.baseline);
    for (const results::StageMetric& at : comparing_.samples.columns(pair_.variant)) {
      if (at.stage != kServed || !is_wanted(comparing_.settings.metrics, at)) continue;
      if (std::ranges::binary_search(known, at)) compare(at);
    }
    if (confirms()) add_guardrails();
    return std::move(findings_);
  }

 private:
  /// Verdicts are about all folds together.
  bool confirms() const { return pair_.variant.fold == "all"; }

  bool is_primary(const std::string& definition, int cutoff) const {
    const task::MetricAt& primary = comparing_.settings.metrics.primary;
    return definition == primary.definition && cutoff == primary.cutoff;
  }

  void compare(const results::StageMetric& at) {
    const bool primary = is_primary(at.definition, at.cutoff) && confirms();
    Finding finding{primary ? Finding::Kind::primary : Finding::Kind::exploratory, {}};
    finding.row =
        compare_column(comparing_, pair_, at, primary, primary ? &finding.spread : nullptr);
    findings_.push_back(std::move(finding));
  }

  /// A guardrail on a metric takes the place of its exploratory comparison. One on the primary
  /// metric is no test of its own: its verdict says more.
  void add_guardrails() {
    for (const task::GuardrailSpec& spec : comparing_.settings.compare.guardrails) {
      if (spec.metric == kLatency) continue;
      results::ComparisonRow row = is_fit_cost(spec.metric)
                                       ? check_fit_cost(comparing_, pair_, spec)
                                       : check_metric_guardrail(comparing_, pair_, spec);
      if (is_primary(row.definition, row.cutoff)) continue;
      std::erase_if(findings_, [&](const Finding& finding) {
        return finding.row.definition == row.definition && finding.row.cutoff == row.cutoff;
      });
      findings_.push_back({Finding::Kind::guardrail, std::move(row)});
    }
  }

  const Comparing& comparing_;
  const GroupPair& pair_;
  std::vector<Finding> findings_;
};

}  // namespace

results::ComparisonRow GroupPair::row(const results::StageMetric& at) const {
  results::ComparisonRow row;
  row.dataset = variant.dataset;
  row.fold = variant.fold;
  row.baseline = baseline.variant;
  row.variant = variant.variant;
  row.stage = at.stage;
  row.definition = at.definition;
  row.cutoff = at.cutoff;
  row.method = "none";
  row.verdict = kNoVerdict;
  return row;
}

results::ComparisonRow compare_column(const Comparing& comparing, const GroupPair& pair,
                                      const results::StageMetric& at, bool primary,
                                      std::optional<stats::PairSpread>* spread) {
  results::ComparisonRow row = pair.row(at);
  if (pair.baseline.request_sets != pair.variant.request_sets) {
    row.reason = "the two were not given the same requests";
    return row;
  }
  const ColumnPair columns(comparing.samples.reader(), pair.baseline, pair.variant, at);
  return compare_pairs(comparing, pair, at, pair_values(columns, pair.users), primary, spread);
}

results::ComparisonRow compare_pairs(const Comparing& comparing, const GroupPair& pair,
                                     const results::StageMetric& at,
                                     const stats::SeedPairing& pairs, bool primary,
                                     std::optional<stats::PairSpread>* spread) {
  results::ComparisonRow row = pair.row(at);
  const stats::PairedSample sample = pairs.sample();
  stats::PairedOptions options;
  options.alpha = comparing.settings.compare.alpha;
  options.method = stats::choose_method(sample.n(), primary);
  options.bootstrap.resamples = comparing.resamples;
  options.bootstrap.seed = comparing.settings.seed;
  const stats::Difference difference = stats::paired_difference(sample, options);
  fill(row, difference, pairs.baseline_mean(), comparing);
  if (pair.users.repeat()) row.method += kByUser;
  if (spread == nullptr || !difference.standard_error) return row;
  *spread = spread_of(sample, difference);
  return row;
}

std::vector<Finding> compare_quality(const Comparing& comparing) {
  const RunSamples& samples = comparing.samples;
  std::vector<Finding> findings;
  for (const TrialGroup& variant : samples.groups()) {
    if (variant.variant == comparing.baseline || !variant.complete) continue;
    const TrialGroup* baseline = samples.find(comparing.baseline, variant.dataset, variant.fold);
    if (baseline == nullptr || !baseline->complete) continue;
    const GroupPair pair{*baseline, variant, GroupUsers(samples.reader(), *baseline)};
    for (Finding& finding : VariantComparison(comparing, pair).run()) {
      findings.push_back(std::move(finding));
    }
    for (results::ComparisonRow& row : compare_slices(comparing, pair)) {
      findings.push_back({Finding::Kind::exploratory, std::move(row)});
    }
  }
  return findings;
}

}  // namespace assay::analysis
