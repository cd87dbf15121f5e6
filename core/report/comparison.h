#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/imported.h"
#include "analysis/load_account.h"
#include "analysis/recorded_rows.h"
#include "report/alike_means.h"
#include "report/comparison_text.h"
#include "report/data_notes.h"
#include "report/strategy_warnings.h"
#include "report/unknown_requests.h"
#include "report/test_looks.h"

namespace assay::report {

/// Which run a reader is shown, and what has to be said before.
struct ChosenRun {
  results::RunInfo info;
  std::string note;  ///< a later run that is not shown, or trials that this one lacks; else empty
  size_t runs_in_file = 1;
};

/// The run asked for, or the last one that ended or was analysed and is no attribution.
/// Throws UserError: no run at all, an unknown run, one that is still running or was broken off
/// before anything could be compared.
ChosenRun choose_run(const results::Reader& reader, const std::string& path,
                     std::optional<int64_t> wanted);

/// The two parts of the standard error of one difference from the baseline; their squares add up.
struct ErrorSource {
  std::string variant, dataset;
  double requests = 0;  ///< from which requests there were
  double seeds = 0;     ///< from which seeds were drawn

  double share_of_seeds() const;  ///< of the variance, in [0, 1]
};

/// Everything that a comparison of one run shows, whatever its format. Rows are of the served
/// lists, of one slice, and of all folds together.
struct Comparison {
  ChosenRun run;
  std::string path;  ///< of the file, as hints name it
  std::string baseline;
  bool own_baseline = true;   ///< the run's; else the reader named another one
  results::MetricRow metric;  ///< what the sentences are about
  int cutoff = 0;
  bool primary = true;  ///< it is the run's primary metric, on all requests: verdicts are about it
  std::string slice = "all";

  std::vector<std::string> variants;  ///< in the order of the file
  std::vector<std::string> datasets;  ///< those with a trial
  std::vector<results::MetricRow> metrics;
  /// Of a data set, over the requests for which all variants have a value (report/alike_means.h).
  std::vector<results::SummaryRow> summaries;
  std::vector<UnlikeRequests> unlike;  ///< where some variant has no value for some of them
  /// By variant and data set: requests for which it or the baseline has no value of the metric,
  /// and the other one has. Those of the pairs that are left out only one side has.
  std::map<std::pair<std::string, std::string>, int64_t> one_sided;
  std::vector<results::ComparisonRow> comparisons;
  /// Of the metric in every slice but `all`; none where `slice` is another.
  std::vector<results::ComparisonRow> sliced;
  std::vector<ErrorSource> error_sources;  ///< of the metric; see report/error_sources.h
  std::vector<results::LatencyRow> latencies;
  std::vector<analysis::LoadAccount> loads;
  std::vector<analysis::StageLoss> losses;
  std::vector<results::RunTrial> trials;
  std::vector<analysis::RecordedFailure> failures;
  std::vector<StrategyWarning> warnings;
  std::vector<UnknownSource> unknown;
  std::map<std::string, analysis::ImportedLists> imported;  ///< by variant
  std::vector<analysis::RecordedData> data;
  std::map<std::string, DataNotes> data_notes;  ///< by data set
  std::vector<results::HostFacts> environments;
  std::vector<results::PluginStateRow> plugins;
  std::map<std::string, TestLooks> test_looks;  ///< by data set
  /// By data set and variant: who differs from whom on the metric (paired t, Holm over all pairs).
  /// Empty where there is but one variant, more than kMostLetters, or fewer than 200 requests.
  std::map<std::string, std::map<std::string, std::string>> letters;

  const results::SummaryRow* summary(std::string_view variant, std::string_view dataset,
                                     std::string_view definition, int at) const;
  /// Its metric's: mean and interval.
  const results::SummaryRow* summary(std::string_view variant, std::string_view dataset) const;
  const results::ComparisonRow* comparison(std::string_view variant, std::string_view dataset,
                                           std::string_view definition, int at) const;
  /// End to end; nullptr where it was not timed.
  const results::LatencyRow* latency(std::string_view variant, std::string_view dataset,
                                     std::string_view scenario, double quantile) const;
  /// Of a guardrail.
  bool is_guardrail(const results::ComparisonRow& row) const;
  /// Guardrails of a variant, in the order of their metrics.
  std::vector<const results::ComparisonRow*> guardrails(std::string_view variant,
                                                        std::string_view dataset) const;
  /// The scenario whose times stand in the leaderboard: single_stream, or the first there is; empty
  /// where nothing was timed.
  std::string scenario() const;
  /// Of p99 under that scenario; none where the baseline was timed once.
  std::optional<double> noise_floor_ms(std::string_view dataset) const;
  /// Likewise, under another one.
  std::optional<double> noise_floor_ms(std::string_view dataset, std::string_view scenario) const;
  /// What disturbed the times of a scenario, for people: "the machine was busy: other processes
  /// took 46 % of the cores' time"; empty where nothing did.
  std::string busy(std::string_view dataset, std::string_view scenario) const;
  bool higher_is_better(std::string_view definition) const;
  /// "ndcg" or, of another definition than the default, its id.
  std::string metric_name(std::string_view definition) const;
};

/// What the n of a comparison counts, one of it: "user" where some ask several times, "value" of
/// times (of a request, or a batch), else "request".
std::string unit_of(const results::ComparisonRow& row);

/// `compare.power` of a run.
double power_of(const results::RunRow& run);

/// Pairs of more variants than this are no longer tested: their number grows with the square.
inline constexpr size_t kMostLetters = 50;

/// Reads what `options` ask for. Throws as comparison_text.
Comparison read_comparison(const results::Database& database, const CompareOptions& options);

}  // namespace assay::report
