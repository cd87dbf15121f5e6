#include "report/comparison.h"

#include <fmt/core.h>

#include <algorithm>
#include <iterator>
#include <set>

#include "analysis/analysis.h"
#include "analysis/baseline_agreement.h"
#include "analysis/finding.h"
#include "analysis/judged_by.h"
#include "analysis/metric_name.h"
#include "analysis/timings.h"
#include "error/error.h"
#include "report/all_pairs.h"
#include "report/error_sources.h"
#include "task/settings.h"

namespace assay::report {

namespace {

/// The metrics that a reader can ask for, as they are called; bare names for one who gave a bare
/// name.
std::vector<std::string> known_metrics(const Comparison& comparison, bool with_cutoff) {
  std::vector<std::string> known;
  for (const results::SummaryRow& row : comparison.summaries) {
    known.push_back(analysis::metric_text(comparison.metric_name(row.definition),
                                          with_cutoff ? row.cutoff : 0));
  }
  std::ranges::sort(known);
  known.erase(std::unique(known.begin(), known.end()), known.end());
  return known;
}

std::set<int> cutoffs_of(const Comparison& comparison, const std::string& definition) {
  std::set<int> cutoffs;
  for (const results::SummaryRow& row : comparison.summaries) {
    if (row.definition == definition) cutoffs.insert(row.cutoff);
  }
  return cutoffs;
}

/// A run that ended without any number has its primary metric still.
results::MetricRow metric_of(const Comparison& comparison, const std::string& definition) {
  const results::MetricRow* metric = analysis::find_metric(comparison.metrics, definition);
  if (metric != nullptr) return *metric;
  return {definition, definition, results::MetricRow::Scope::request, "1", true, ""};
}

[[noreturn]] void throw_unknown_metric(const Comparison& comparison, const std::string& wanted) {
  throw error::UserError(
      comparison.path,
      fmt::format(
          "{} is no metric of run {}{}{}", wanted, comparison.run.info.run_id,
          comparison.slice == "all" ? "" : " in " + comparison.slice,
          error::did_you_mean(wanted, known_metrics(comparison, wanted.find('@') != wanted.npos))));
}

void choose_metric(Comparison& comparison, const std::string& wanted) {
  const results::RunRow& run = comparison.run.info.row;
  comparison.metric = metric_of(comparison, run.primary_definition);
  comparison.cutoff = run.primary_cutoff;
  if (wanted.empty()) return;
  const analysis::MetricName name = analysis::parse_metric_name(wanted);
  const results::MetricRow* metric = analysis::find_metric(comparison.metrics, name.name);
  if (metric == nullptr) throw_unknown_metric(comparison, wanted);
  const std::set<int> cutoffs = cutoffs_of(comparison, metric->definition);
  int cutoff = name.cutoff.value_or(run.primary_cutoff);
  if (!name.cutoff && !cutoffs.contains(cutoff) && !cutoffs.empty()) cutoff = *cutoffs.begin();
  if (!cutoffs.contains(cutoff)) throw_unknown_metric(comparison, wanted);
  comparison.metric = *metric;
  comparison.cutoff = cutoff;
  comparison.primary = metric->definition == run.primary_definition && cutoff == run.primary_cutoff;
}

void check_slice(const std::vector<results::SummaryRow>& summaries, const Comparison& comparison) {
  std::set<std::string> known = {"all"};
  for (const results::SummaryRow& row : summaries) known.insert(row.slice);
  if (known.contains(comparison.slice)) return;
  const std::vector<std::string> names(known.begin(), known.end());
  throw error::UserError(
      comparison.path,
      fmt::format("{} is no slice of run {}{}", comparison.slice, comparison.run.info.run_id,
                  error::did_you_mean(comparison.slice, names)));
}

/// Comparisons with another baseline than the run's, done anew. What the file says of guardrails is
/// about its own baseline.
std::vector<results::ComparisonRow> compared_anew(const Comparison& comparison,
                                                  const results::Reader& reader,
                                                  const analysis::RunSamples& samples) {
  const results::RunInfo& run = comparison.run.info;
  analysis::AnalysisSettings settings = analysis::recorded_settings(run.row);
  settings.compare.guardrails.clear();  // they are relative to the run's own baseline
  settings.compare.baseline.clear();
  settings.metrics.served = {settings.metrics.primary};
  settings.metrics.pool.clear();
  for (const results::SummaryRow& row : comparison.summaries) {
    const task::MetricAt at{row.definition, row.cutoff};
    if (std::ranges::count(settings.metrics.served, at) == 0) settings.metrics.served.push_back(at);
  }
  return compare_run(samples, run.run_id,
                     analysis::baseline_of(reader, run.run_id, comparison.baseline), settings);
}

/// What an analysis would write today, in the place of what is stored. Catalogue metrics are read off
/// the trials either way.
void rejudge(Comparison& comparison, std::vector<results::ComparisonRow>& comparisons,
             std::vector<results::LatencyRow>& latencies, const results::Reader& reader) {
  const results::RunInfo& run = comparison.run.info;
  analysis::Analysis made = analyse_run(reader, run.run_id, analysis::recorded_settings(run.row));
  std::erase_if(comparison.summaries, [&](const results::SummaryRow& row) {
    const results::MetricRow* metric = analysis::find_metric(comparison.metrics, row.definition);
    return metric == nullptr || metric->scope != results::MetricRow::Scope::catalogue;
  });
  std::ranges::move(made.summaries, std::back_inserter(comparison.summaries));
  comparisons = std::move(made.comparisons);
  latencies = std::move(made.latencies);
}

/// By which rules the verdicts were made, where that is not what a reader of today's documentation
/// expects, or asked for.
std::string rules_note(const results::RunRow& run, bool anew) {
  const int rules = analysis::rules_of(run.judged_by);
  if (anew) {
    return fmt::format("Judged anew by rules {}; the file has verdicts by rules {}{}.",
                       analysis::kRules, rules,
                       run.judged_by.empty() ? " and keeps no guardrails" : "");
  }
  if (rules == analysis::kRules) return "";
  return fmt::format("Verdicts as stored, by rules {}; rules {} of this build: --rejudge.", rules,
                     analysis::kRules);
}

/// Agreement with another baseline than the run's.
void agree_anew(Comparison& comparison, const analysis::RunSamples& samples) {
  std::vector<task::MetricAt> metrics;
  for (const results::SummaryRow& row : comparison.summaries) {
    const task::MetricAt at{row.definition, row.cutoff};
    if (analysis::is_of_baseline(row.definition) && std::ranges::count(metrics, at) == 0)
      metrics.push_back(at);
  }
  std::erase_if(comparison.summaries, [](const results::SummaryRow& row) {
    return analysis::is_of_baseline(row.definition);
  });
  for (results::SummaryRow& row :
       baseline_agreement(samples, comparison.baseline, metrics, comparison.run.info.row.alpha)) {
    if (row.fold == "all") comparison.summaries.push_back(std::move(row));
  }
}

void read_variants(Comparison& comparison, const results::Reader& reader,
                   const std::string& wanted) {
  const int64_t run_id = comparison.run.info.run_id;
  comparison.baseline = analysis::baseline_of(reader, run_id, wanted);
  comparison.own_baseline = comparison.baseline == analysis::baseline_of(reader, run_id, "");
  for (const results::VariantInfo& variant : reader.variants(run_id)) {
    comparison.variants.push_back(variant.name);
  }
  comparison.trials = reader.trials(run_id);
  std::set<std::string> datasets;
  for (const results::RunTrial& trial : comparison.trials) datasets.insert(trial.dataset);
  comparison.datasets.assign(datasets.begin(), datasets.end());
}

void read_provenance(Comparison& comparison, const results::Reader& reader) {
  const int64_t run_id = comparison.run.info.run_id;
  comparison.failures = analysis::recorded_failures(reader, run_id);
  comparison.warnings = strategy_warnings(reader, run_id);
  comparison.unknown = unknown_sources(reader, run_id);
  comparison.imported = analysis::imported_lists(reader, run_id);
  comparison.data = analysis::recorded_data(reader, run_id);
  for (const std::string& dataset : comparison.datasets)
    comparison.data_notes[dataset] = data_notes(reader, run_id, dataset);
  comparison.environments = reader.environments(run_id);
  comparison.plugins = reader.plugin_states(run_id);
  for (const analysis::RecordedData& data : comparison.data)
    comparison.test_looks[data.dataset] = test_looks(reader, run_id, data.dataset);
}

}  // namespace

double ErrorSource::share_of_seeds() const {
  const double variance = requests * requests + seeds * seeds;
  return variance > 0.0 ? seeds * seeds / variance : 0.0;
}

const results::SummaryRow* Comparison::summary(std::string_view variant, std::string_view dataset,
                                               std::string_view definition, int at) const {
  for (const results::SummaryRow& row : summaries) {
    if (row.variant == variant && row.dataset == dataset && row.definition == definition &&
        row.cutoff == at) {
      return &row;
    }
  }
  return nullptr;
}

const results::SummaryRow* Comparison::summary(std::string_view variant,
                                               std::string_view dataset) const {
  return summary(variant, dataset, metric.definition, cutoff);
}

const results::ComparisonRow* Comparison::comparison(std::string_view variant,
                                                     std::string_view dataset,
                                                     std::string_view definition, int at) const {
  for (const results::ComparisonRow& row : comparisons) {
    if (row.variant == variant && row.dataset == dataset && row.definition == definition &&
        row.cutoff == at) {
      return &row;
    }
  }
  return nullptr;
}

const results::LatencyRow* Comparison::latency(std::string_view variant, std::string_view dataset,
                                               std::string_view wanted, double quantile) const {
  for (const results::LatencyRow& row : latencies) {
    if (row.variant == variant && row.dataset == dataset && row.scenario == wanted &&
        row.quantile == quantile) {
      return &row;
    }
  }
  return nullptr;
}

bool Comparison::is_guardrail(const results::ComparisonRow& row) const {
  if (row.family == analysis::kGuardrailFamily) return true;
  // As files of before the guardrails had a family of their own have them.
  return row.family == analysis::kConfirmatoryFamily &&
         (row.definition != run.info.row.primary_definition ||
          row.cutoff != run.info.row.primary_cutoff);
}

std::vector<const results::ComparisonRow*> Comparison::guardrails(std::string_view variant,
                                                                  std::string_view dataset) const {
  std::vector<const results::ComparisonRow*> found;
  for (const results::ComparisonRow& row : comparisons) {
    if (is_guardrail(row) && row.variant == variant && row.dataset == dataset) {
      found.push_back(&row);
    }
  }
  return found;
}

std::string Comparison::scenario() const {
  std::string first;
  for (const results::LatencyRow& row : latencies) {
    if (analysis::scenario_kind(row.scenario) == task::name_of(task::ScenarioKind::single_stream))
      return row.scenario;
    if (first.empty()) first = row.scenario;
  }
  return first;
}

std::optional<double> Comparison::noise_floor_ms(std::string_view dataset) const {
  return noise_floor_ms(dataset, scenario());
}

std::optional<double> Comparison::noise_floor_ms(std::string_view dataset,
                                                 std::string_view shown) const {
  for (const results::ComparisonRow& row : comparisons) {
    if (row.family == analysis::kNoiseFloorFamily && row.dataset == dataset &&
        row.quantile == 0.99 && row.scenario == shown) {
      return row.difference;
    }
  }
  return std::nullopt;
}

std::string Comparison::busy(std::string_view dataset, std::string_view shown) const {
  for (const results::ComparisonRow& row : comparisons) {
    if (row.dataset == dataset && row.scenario == shown &&
        row.reason.starts_with(analysis::kMachineWasBusy))
      return row.reason;
  }
  return "";
}

bool Comparison::higher_is_better(std::string_view definition) const {
  const results::MetricRow* found = analysis::find_metric(metrics, definition);
  return found == nullptr || found->higher_is_better.value_or(true);
}

std::string Comparison::metric_name(std::string_view definition) const {
  const results::MetricRow* found = analysis::find_metric(metrics, definition);
  return found == nullptr ? std::string(definition) : found->name;
}

std::string unit_of(const results::ComparisonRow& row) {
  if (row.definition == analysis::kLatency) return "value";
  return analysis::is_by_user(row.method) ? "user" : "request";
}

double power_of(const results::RunRow& run) {
  return analysis::recorded_settings(run).compare.power;
}

Comparison read_comparison(const results::Database& database, const CompareOptions& options) {
  const results::Reader reader(database);
  Comparison comparison;
  comparison.path = options.shown_path.empty() ? database.path() : options.shown_path;
  comparison.run = choose_run(reader, comparison.path, options.run);
  comparison.slice = options.slice;
  const int64_t run_id = comparison.run.info.run_id;
  read_variants(comparison, reader, options.baseline);
  read_provenance(comparison, reader);
  comparison.metrics = reader.metrics();
  comparison.summaries = analysis::recorded_summaries(reader, run_id);
  std::vector<results::ComparisonRow> stored = analysis::recorded_comparisons(reader, run_id);
  comparison.latencies = analysis::recorded_latencies(reader, run_id);
  if (options.rejudge) rejudge(comparison, stored, comparison.latencies, reader);
  const std::string rules = rules_note(comparison.run.info.row, options.rejudge);
  if (!rules.empty()) comparison.run.note += (comparison.run.note.empty() ? "" : " ") + rules;
  check_slice(comparison.summaries, comparison);
  const auto elsewhere = [&](const auto& row) {
    return row.fold != "all" || row.stage != analysis::kServed || row.slice != comparison.slice;
  };
  std::erase_if(comparison.summaries, elsewhere);
  choose_metric(comparison, options.metric);
  comparison.primary = comparison.primary && comparison.slice == "all";

  const analysis::RunSamples samples(reader, run_id);
  if (!comparison.own_baseline) agree_anew(comparison, samples);
  comparison.comparisons =
      comparison.own_baseline ? std::move(stored) : compared_anew(comparison, reader, samples);
  if (comparison.slice == "all") {
    std::ranges::copy_if(comparison.comparisons, std::back_inserter(comparison.sliced),
                         [&](const results::ComparisonRow& row) {
                           return row.slice != "all" && row.cutoff == comparison.cutoff &&
                                  row.definition == comparison.metric.definition;
                         });
  }
  std::erase_if(comparison.comparisons, elsewhere);
  std::erase_if(comparison.latencies, [](const results::LatencyRow& row) {
    return row.fold != "all" || row.stage != analysis::kServed;
  });
  comparison.loads = analysis::recorded_load(reader, run_id);
  comparison.losses = analysis::recorded_losses(reader, run_id);
  average_alike(comparison, samples);
  if (comparison.slice == "all") {
    for (const std::string& dataset : comparison.datasets) {
      comparison.letters[dataset] = letters_of(comparison, samples, dataset);
    }
    comparison.error_sources = error_sources(comparison, samples);
  }
  return comparison;
}

}  // namespace assay::report
