#include "analysis/analysis.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "analysis/attack_effects.h"
#include "analysis/baseline_agreement.h"
#include "analysis/finding.h"
#include "analysis/imported.h"
#include "analysis/judged_by.h"
#include "analysis/latency_findings.h"
#include "analysis/loop_days.h"
#include "analysis/policy_values.h"
#include "analysis/quality.h"
#include "analysis/resolved_config.h"
#include "analysis/served_clicks.h"
#include "analysis/slices.h"
#include "analysis/summaries.h"
#include "analysis/timings.h"
#include "analysis/unoptimised.h"
#include "error/error.h"

namespace assay::analysis {

namespace {

std::map<std::string, results::MetricRow> metrics_by_definition(const results::Reader& reader) {
  std::map<std::string, results::MetricRow> metrics;
  for (const results::MetricRow& metric : reader.metrics())
    metrics.emplace(metric.definition, metric);
  return metrics;
}

/// Variants times data sets, whatever became of them.
int64_t planned_comparisons(const RunSamples& samples, const std::string& baseline) {
  std::set<std::pair<std::string, std::string>> planned;
  for (const TrialGroup& group : samples.groups()) {
    if (group.variant != baseline) planned.insert({group.variant, group.dataset});
  }
  return std::max<int64_t>(1, std::ssize(planned));
}

/// A bootstrap of B resamples shows no p below 2 / (B + 1), and Holm multiplies the smallest by the
/// number of tests: with many variants the file's number of resamples could not reach alpha.
int resamples_for(int64_t tests, const task::CompareSpec& compare) {
  const double needed = std::ceil(4.0 * static_cast<double>(tests) / compare.alpha);
  return static_cast<int>(std::max(static_cast<double>(compare.resamples), needed));
}

/// Quantiles that guardrails on latency name.
std::vector<double> guarded_quantiles(const task::CompareSpec& compare) {
  std::vector<double> quantiles;
  for (const task::GuardrailSpec& guardrail : compare.guardrails) {
    if (guardrail.metric == kLatency) quantiles.push_back(guardrail.quantile);
  }
  return quantiles;
}

/// A list that was made elsewhere has no times, whatever its look-up took.
void leave_out_imported(std::vector<results::LatencyRow>& rows,
                        const std::map<std::string, ImportedLists>& imported) {
  for (results::LatencyRow& row : rows) {
    const auto found = imported.find(row.variant);
    if (found == imported.end() || !found->second.alone) continue;
    row.ms = row.ci_low_ms = row.ci_high_ms = std::nullopt;
    row.offered_qps = row.achieved_qps = std::nullopt;
    row.requests.reset();
    row.reason = fmt::format("{}: {}", kNotTimed, found->second.text());
  }
}

/// What has no number says so on the primary metric.
std::vector<results::SummaryRow> incomplete_rows(const RunSamples& samples,
                                                 const task::MetricAt& primary) {
  std::vector<results::SummaryRow> rows;
  for (const TrialGroup& group : samples.groups()) {
    if (group.complete) continue;
    results::SummaryRow& row = rows.emplace_back();
    row.variant = group.variant;
    row.dataset = group.dataset;
    row.fold = group.fold;
    row.definition = primary.definition;
    row.cutoff = static_cast<int>(primary.cutoff);
    row.reason = kIncomplete;
  }
  return rows;
}

}  // namespace

AnalysisSettings recorded_settings(const results::RunRow& run) {
  if (const auto judged = judged_settings(run.judged_by)) return *judged;
  AnalysisSettings settings;
  settings.compare.alpha = run.alpha;
  settings.compare.margin = run.margin.value_or(0.0);
  if (const auto power = config_value(run.config, {"compare", "power"}))
    settings.compare.power = std::stod(*power);
  if (const auto resamples = config_value(run.config, {"compare", "resamples"}))
    settings.compare.resamples = std::stoll(*resamples);
  settings.seed = static_cast<uint64_t>(run.seed);
  settings.metrics.primary = {run.primary_definition, run.primary_cutoff};
  settings.metrics.slices = config_list(run.config, {"metrics", "slices"});
  return settings;
}

std::vector<results::ComparisonRow> compare_run(const RunSamples& samples, int64_t run_id,
                                                const std::string& baseline,
                                                const AnalysisSettings& settings) {
  const int64_t planned = planned_comparisons(samples, baseline);
  const Comparing comparing{samples,
                            baseline,
                            settings,
                            metrics_by_definition(samples.reader()),
                            resamples_for(planned, settings.compare),
                            unoptimised_variants(samples.reader(), run_id),
                            imported_lists(samples.reader(), run_id),
                            planned};
  std::vector<Finding> findings = compare_quality(comparing);
  for (Finding& finding : compare_latency(comparing, RunTimings(samples, run_id))) {
    findings.push_back(std::move(finding));
  }
  conclude(findings, comparing);
  std::vector<results::ComparisonRow> rows;
  for (Finding& finding : findings) {
    finding.row.run_id = run_id;
    rows.push_back(std::move(finding.row));
  }
  return rows;
}

Analysis analyse_run(const results::Reader& reader, int64_t run_id,
                     const AnalysisSettings& settings) {
  const RunSamples samples(reader, run_id);
  const auto wanted = [&](const results::StageMetric& at) {
    return is_wanted(settings.metrics, at);
  };
  const double alpha = settings.compare.alpha;
  Analysis analysis;
  analysis.summaries = summarise_all(samples, wanted, alpha);
  for (results::SummaryRow& row : summarise_slices(samples, settings.metrics, alpha)) {
    analysis.summaries.push_back(std::move(row));
  }
  const std::string baseline = baseline_of(reader, run_id, settings.compare.baseline);
  for (results::SummaryRow& row :
       baseline_agreement(samples, baseline, settings.metrics.served, alpha)) {
    analysis.summaries.push_back(std::move(row));
  }
  for (results::SummaryRow& row : incomplete_rows(samples, settings.metrics.primary)) {
    analysis.summaries.push_back(std::move(row));
  }
  for (results::SummaryRow& row : analysis.summaries) row.run_id = run_id;
  analysis.comparisons = compare_run(samples, run_id, baseline, settings);
  analysis.latencies =
      latency_rows(RunTimings(samples, run_id), alpha, guarded_quantiles(settings.compare));
  analysis.policies = policy_values(samples, run_id, settings);
  for (results::PolicyValueRow& row : served_clicks(samples, run_id))
    analysis.policies.push_back(std::move(row));
  analysis.attacks = attack_effects(samples, run_id, alpha);
  analysis.loop = loop_days(samples, run_id, baseline, settings);
  leave_out_imported(analysis.latencies, imported_lists(reader, run_id));
  for (results::LatencyRow& row : analysis.latencies) row.run_id = run_id;
  return analysis;
}

std::vector<results::SummaryRow> without_incomplete(const std::vector<results::SummaryRow>& rows,
                                                    const RunSamples& samples) {
  std::vector<results::SummaryRow> emptied;
  for (const results::SummaryRow& row : rows) {
    const TrialGroup* group = samples.find(row.variant, row.dataset, row.fold);
    if (!row.mean || group == nullptr || group->complete) continue;
    results::SummaryRow& empty = emptied.emplace_back(row);
    empty.mean = empty.sd_over_seeds = std::nullopt;
    empty.seeds = std::nullopt;
    empty.reason = kIncomplete;
  }
  return emptied;
}

std::string baseline_of(const results::Reader& reader, int64_t run_id, const std::string& wanted) {
  const std::vector<results::VariantInfo> variants = reader.variants(run_id);
  std::vector<std::string> names;
  for (const results::VariantInfo& variant : variants) {
    if (wanted.empty() ? variant.is_baseline : variant.name == wanted) return variant.name;
    names.push_back(variant.name);
  }
  error::require(!wanted.empty(), "a run has a baseline");
  throw error::UserError(fmt::format("the baseline {} is no variant of run {}{}", wanted, run_id,
                                     error::did_you_mean(wanted, names)));
}

}  // namespace assay::analysis
