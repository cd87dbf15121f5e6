#pragma once

#include <vector>

#include "analysis/analyse.h"
#include "analysis/run_samples.h"
#include "results/analysis_rows.h"
#include "results/attack_table.h"
#include "results/loop_table.h"
#include "results/policy_rows.h"

namespace assay::analysis {

/// Everything that an analysis concludes, before it is written.
struct Analysis {
  std::vector<results::SummaryRow> summaries;
  std::vector<results::ComparisonRow> comparisons;
  std::vector<results::LatencyRow> latencies;
  std::vector<results::PolicyValueRow> policies;
  std::vector<results::AttackEffectRow> attacks;
  std::vector<results::LoopDayRow> loop;
};

Analysis analyse_run(const results::Reader& reader, int64_t run_id,
                     const AnalysisSettings& settings);

/// The settings of a recorded run for analysing it anew: with another baseline, or beside other
/// runs. Those of a run that kept none are read off its configuration, without guardrails and with
/// `metrics.served` and `pool` empty.
AnalysisSettings recorded_settings(const results::RunRow& run);

/// Why a variant has no number where some of its trials have one.
inline constexpr char kIncomplete[] = "not all of its trials are done";

/// Those of `rows` that have a number although their variant lacks a trial, without it.
std::vector<results::SummaryRow> without_incomplete(const std::vector<results::SummaryRow>& rows,
                                                    const RunSamples& samples);

/// All comparisons of a run with one baseline: primary metric, guardrails, exploratory metrics,
/// latency and its noise floor, corrected within their families and with verdicts. `run_id` is set.
/// @param baseline  a variant of the run
std::vector<results::ComparisonRow> compare_run(const RunSamples& samples, int64_t run_id,
                                                const std::string& baseline,
                                                const AnalysisSettings& settings);

/// The baseline of a run: `wanted`, or the run's own where that is empty.
/// Throws UserError, with near names, where the run has no such variant.
std::string baseline_of(const results::Reader& reader, int64_t run_id, const std::string& wanted);

}  // namespace assay::analysis
