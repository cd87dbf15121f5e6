#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "analysis/run_samples.h"
#include "results/analysis_rows.h"

namespace assay::analysis {

/// What one variant took under one load scenario in one stage, rounds one after the other.
struct TimedStage {
  std::string variant, dataset, fold;
  std::optional<int64_t> seed;                     ///< of the trial that was timed
  std::string scenario;                            ///< JSON
  std::string stage;                               ///< `served`: end to end
  std::vector<float> ms;                           ///< one a request (offline: one a batch)
  std::vector<float> repeat_ms;                    ///< the baseline's second timing; else empty
  std::vector<int64_t> round_sizes, repeat_sizes;  ///< how many of `ms` each round has
  int64_t left_out = 0;  ///< rounds that the machine disturbed, where two others are left
  std::string busy;      ///< what disturbed the rounds that are in; empty where nothing did
  std::optional<double> offered_qps, achieved_qps;  ///< means of the rounds (and folds)
  std::optional<int64_t> degraded;
};

/// The quantiles that every LatencyRow's sample gets.
inline constexpr double kLatencyQuantiles[] = {0.5, 0.9, 0.95, 0.99, 0.999};

/// What the timing passes of a run measured.
///
/// All times in a comparison come from one pass, because the load of a machine changes between
/// passes: for each data set and fold the pass that timed the most variants; among those, one with
/// the same number of rounds for all before an interrupted one; among those, the latest. A variant
/// that it did not time has no times. Rounds that the machine disturbed are left out where at least
/// two undisturbed ones of the variant are there; else all are in, and say so. Pooled folds have the concatenated times of all folds; none
/// if a fold has none.
class RunTimings {
 public:
  RunTimings(const RunSamples& samples, int64_t run_id);

  /// By variant, data set, fold, scenario, stage.
  const std::vector<TimedStage>& stages() const { return stages_; }
  /// The same trials as other passes timed them, end to end: for the noise floor alone.
  const std::vector<TimedStage>& earlier() const { return earlier_; }
  /// nullptr where it was not timed.
  const TimedStage* find(const TrialGroup& group, std::string_view scenario,
                         std::string_view stage = kServed) const;
  /// Scenarios of a data set and fold, as JSON, in a fixed order.
  std::vector<std::string> scenarios(std::string_view dataset, std::string_view fold) const;

 private:
  std::vector<TimedStage> stages_;
  std::vector<TimedStage> earlier_;
};

/// Keys of the passes that RunTimings takes, by data set and fold.
std::map<std::pair<std::string, std::string>, std::string> chosen_passes(
    const results::Reader& reader, int64_t run_id);

/// `kind` of a scenario's JSON; the text itself where it is none.
std::string scenario_kind(const std::string& scenario);

/// Quantiles with their order statistics' intervals, of everything that was timed.
/// @param further  quantiles beside kLatencyQuantiles (those that guardrails name)
std::vector<results::LatencyRow> latency_rows(const RunTimings& timings, double alpha,
                                              std::span<const double> further = {});

}  // namespace assay::analysis
