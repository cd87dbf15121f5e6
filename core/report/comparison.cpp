#include "report/comparison.h"

#include <fmt/core.h>

#include <algorithm>
#include <iterator>
#include <set>

#include "error/error.h"
#include "report/all_pairs.h"
#include "analysis/analysis.h"
#include "analysis/baseline_agreement.h"
#include "report/error_sources.h"
#include "analysis/finding.h"
#include "analysis/metric_name.h"
#include "analysis/timings.h"

namespace assay::report {

namespace {

/// The metrics that a reader can ask for, as they are called; bare names for one who gave a bare
/// name.
std::vector<std::string> known_metrics(const Comparison& comparison, bool with_cutoff) {
  std::vector<std::string> known;
  for (const SummaryRow& row : comparison.summaries) {
    known.push_back(
        metric_text(comparison.metric_name(row.definition), with_cutoff ? row.cutoff : 0));
  }
  std::ranges::sort(known);
  known.erase(std::unique(known.begin(), known.end()), known.end());
  return known;
}

std::set<int> cutoffs_of(const Comparison& comparison, const std::string& definition) {
  std::set<int> cutoffs;
  for (const SummaryRow& row : comparison.summaries) {
    if (row.definition == definition) cutoffs.insert(row.cutoff);
  }
  return cutoffs;
}

/// A run that ended without any number has its primary metric still.
MetricRow metric_of(const Comparison& comparison, const std::string& definition) {
  const MetricRow* metric = find_metric(comparison.metrics, definition);
  if (metric != nullptr) return *metric;
  return {definition, definition, MetricRow::Scope::kRequest, "1", true, ""};
}

[[noreturn]] void throw_unknown_metric(const Comparison& comparison, const std::string& wanted) {
  throw UserError(comparison.path,
                  fmt::format("{} is no metric of run {}{}{}", wanted, comparison.run.info.run_id,
                              comparison.slice == "all" ? "" : " in " + comparison.slice,
                              did_you_mean(wanted, known_metrics(comparison, wanted.find('@') !=
                                                                                 wanted.npos))));
}

void choose_metric(Comparison& comparison, const std::string& wanted) {
  const RunRow& run = comparison.run.info.row;
  comparison.metric = metric_of(comparison, run.primary_definition);
  comparison.cutoff = run.primary_cutoff;
  if (wanted.empty()) return;
  const MetricName name = parse_metric_name(wanted);
  const MetricRow* metric = find_metric(comparison.metrics, name.name);
  if (metric == nullptr) throw_unknown_metric(comparison, wanted);
  const std::set<int> cutoffs = cutoffs_of(comparison, metric->definition);
  int cutoff = name.cutoff.value_or(run.primary_cutoff);
  if (!name.cutoff && !cutoffs.contains(cutoff) && !cutoffs.empty()) cutoff = *cutoffs.begin();
  if (!cutoffs.contains(cutoff)) throw_unknown_metric(comparison, wanted);
  comparison.metric = *metric;
  comparison.cutoff = cutoff;
  comparison.primary = metric->definition == run.primary_definition && cutoff == run.primary_cutoff;
}

void check_slice(const std::vector<SummaryRow>& summaries, const Comparison& comparison) {
  std::set<std::string> known = {"all"};
  for (const SummaryRow& row : summaries) known.insert(row.slice);
  if (known.contains(comparison.slice)) return;
  const std::vector<std::string> names(known.begin(), known.end());
  throw UserError(comparison.path,
                  fmt::format("{} is no slice of run {}{}", comparison.slice,
                              comparison.run.info.run_id, did_you_mean(comparison.slice, names)));
}

/// Comparisons with another baseline than the run's, done anew. What the file says of guardrails is
/// about its own baseline.
std::vector<ComparisonRow> compared_anew(const Comparison& comparison, const Reader& reader,
                                         const RunSamples& samples) {
  const RunInfo& run = comparison.run.info;
  AnalysisSettings settings = recorded_settings(run.row);
  settings.metrics.served.push_back(settings.metrics.primary);
  for (const SummaryRow& row : comparison.summaries) {
    const MetricAt at{row.definition, row.cutoff};
    if (std::ranges::count(settings.metrics.served, at) == 0) settings.metrics.served.push_back(at);
  }
  return compare_run(samples, run.run_id, baseline_of(reader, run.run_id, comparison.baseline),
                     settings);
}

/// Agreement with another baseline than the run's.
void agree_anew(Comparison& comparison, const RunSamples& samples) {
  std::vector<MetricAt> metrics;
  for (const SummaryRow& row : comparison.summaries) {
    const MetricAt at{row.definition, row.cutoff};
    if (is_of_baseline(row.definition) && std::ranges::count(metrics, at) == 0)
      metrics.push_back(at);
  }
  std::erase_if(comparison.summaries,
                [](const SummaryRow& row) { return is_of_baseline(row.definition); });
  for (SummaryRow& row :
       baseline_agreement(samples, comparison.baseline, metrics, comparison.run.info.row.alpha)) {
    if (row.fold == "all") comparison.summaries.push_back(std::move(row));
  }
}

void read_variants(Comparison& comparison, const Reader& reader, const std::string& wanted) {
  const std::int64_t run_id = comparison.run.info.run_id;
  comparison.baseline = baseline_of(reader, run_id, wanted);
  comparison.own_baseline = comparison.baseline == baseline_of(reader, run_id, "");
  for (const VariantInfo& variant : reader.variants(run_id)) {
    comparison.variants.push_back(variant.name);
  }
  comparison.trials = reader.trials(run_id);
  std::set<std::string> datasets;
  for (const RunTrial& trial : comparison.trials) datasets.insert(trial.dataset);
  comparison.datasets.assign(datasets.begin(), datasets.end());
}

void read_provenance(Comparison& comparison, const Reader& reader) {
  const std::int64_t run_id = comparison.run.info.run_id;
  comparison.failures = recorded_failures(reader, run_id);
  comparison.data = recorded_data(reader, run_id);
  for (const std::string& dataset : comparison.datasets)
    comparison.data_notes[dataset] = data_notes(reader, run_id, dataset);
  comparison.environments = reader.environments(run_id);
  for (const RecordedData& data : comparison.data) {
    // A run looks at all folds together.
    comparison.test_looks[data.dataset] = reader.test_looks(data.prepared_hashes.back());
  }
}

}  // namespace

double ErrorSource::share_of_seeds() const {
  const double variance = requests * requests + seeds * seeds;
  return variance > 0.0 ? seeds * seeds / variance : 0.0;
}

const SummaryRow* Comparison::summary(std::string_view variant, std::string_view dataset,
                                      std::string_view definition, int at) const {
  for (const SummaryRow& row : summaries) {
    if (row.variant == variant && row.dataset == dataset && row.definition == definition &&
        row.cutoff == at) {
      return &row;
    }
  }
  return nullptr;
}

const SummaryRow* Comparison::summary(std::string_view variant, std::string_view dataset) const {
  return summary(variant, dataset, metric.definition, cutoff);
}

const ComparisonRow* Comparison::comparison(std::string_view variant, std::string_view dataset,
                                            std::string_view definition, int at) const {
  for (const ComparisonRow& row : comparisons) {
    if (row.variant == variant && row.dataset == dataset && row.definition == definition &&
        row.cutoff == at) {
      return &row;
    }
  }
  return nullptr;
}

const LatencyRow* Comparison::latency(std::string_view variant, std::string_view dataset,
                                      std::string_view wanted, double quantile) const {
  for (const LatencyRow& row : latencies) {
    if (row.variant == variant && row.dataset == dataset && row.scenario == wanted &&
        row.quantile == quantile) {
      return &row;
    }
  }
  return nullptr;
}

bool Comparison::is_guardrail(const ComparisonRow& row) const {
  return row.family == kConfirmatoryFamily && (row.definition != run.info.row.primary_definition ||
                                               row.cutoff != run.info.row.primary_cutoff);
}

std::vector<const ComparisonRow*> Comparison::guardrails(std::string_view variant,
                                                         std::string_view dataset) const {
  std::vector<const ComparisonRow*> found;
  for (const ComparisonRow& row : comparisons) {
    if (is_guardrail(row) && row.variant == variant && row.dataset == dataset) {
      found.push_back(&row);
    }
  }
  return found;
}

std::string Comparison::scenario() const {
  std::string first;
  for (const LatencyRow& row : latencies) {
    if (scenario_kind(row.scenario) == "single_stream") return row.scenario;
    if (first.empty()) first = row.scenario;
  }
  return first;
}

std::optional<double> Comparison::noise_floor_ms(std::string_view dataset) const {
  return noise_floor_ms(dataset, scenario());
}

std::optional<double> Comparison::noise_floor_ms(std::string_view dataset,
                                                 std::string_view shown) const {
  for (const ComparisonRow& row : comparisons) {
    if (row.family == kNoiseFloorFamily && row.dataset == dataset && row.quantile == 0.99 &&
        row.scenario == shown) {
      return row.difference;
    }
  }
  return std::nullopt;
}

bool Comparison::higher_is_better(std::string_view definition) const {
  const MetricRow* found = find_metric(metrics, definition);
  return found == nullptr || found->higher_is_better.value_or(true);
}

std::string Comparison::metric_name(std::string_view definition) const {
  const MetricRow* found = find_metric(metrics, definition);
  return found == nullptr ? std::string(definition) : found->name;
}

Comparison read_comparison(const Database& database, const CompareOptions& options) {
  const Reader reader(database);
  Comparison comparison;
  comparison.path = options.shown_path.empty() ? database.path() : options.shown_path;
  comparison.run = choose_run(reader, comparison.path, options.run);
  comparison.slice = options.slice;
  const std::int64_t run_id = comparison.run.info.run_id;
  read_variants(comparison, reader, options.baseline);
  read_provenance(comparison, reader);
  comparison.metrics = reader.metrics();
  comparison.summaries = recorded_summaries(reader, run_id);
  check_slice(comparison.summaries, comparison);
  const auto elsewhere = [&](const auto& row) {
    return row.fold != "all" || row.stage != kServed || row.slice != comparison.slice;
  };
  std::erase_if(comparison.summaries, elsewhere);
  choose_metric(comparison, options.metric);
  comparison.primary = comparison.primary && comparison.slice == "all";

  const RunSamples samples(reader, run_id);
  if (!comparison.own_baseline) agree_anew(comparison, samples);
  comparison.comparisons = comparison.own_baseline ? recorded_comparisons(reader, run_id)
                                                   : compared_anew(comparison, reader, samples);
  if (comparison.slice == "all") {
    std::ranges::copy_if(comparison.comparisons, std::back_inserter(comparison.sliced),
                         [&](const ComparisonRow& row) {
                           return row.slice != "all" && row.cutoff == comparison.cutoff &&
                                  row.definition == comparison.metric.definition;
                         });
  }
  std::erase_if(comparison.comparisons, elsewhere);
  comparison.latencies = recorded_latencies(reader, run_id);
  std::erase_if(comparison.latencies,
                [](const LatencyRow& row) { return row.fold != "all" || row.stage != kServed; });
  comparison.loads = recorded_load(reader, run_id);
  comparison.losses = recorded_losses(reader, run_id);
  if (comparison.slice == "all") {
    for (const std::string& dataset : comparison.datasets) {
      comparison.letters[dataset] = letters_of(comparison, samples, dataset);
    }
    comparison.error_sources = error_sources(comparison, samples);
  }
  return comparison;
}

}  // namespace assay::report
