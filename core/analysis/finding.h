#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "analysis/analyse.h"
#include "analysis/run_samples.h"
#include "results/analysis_rows.h"

namespace assay::analysis {

/// The words of `family` and `correction` in the view `comparisons`.
inline constexpr char kConfirmatoryFamily[] = "confirmatory";
inline constexpr char kExploratoryFamily[] = "exploratory";
inline constexpr char kNoiseFloorFamily[] = "noise floor";
/// Words of `verdict` beside those of stats/verdict.h: what is exploratory gets no verdict, and a
/// guardrail on a metric is kept or broken.
inline constexpr char kNoVerdict[] = "exploratory";
inline constexpr char kGuardrailKept[] = "guardrail kept";
inline constexpr char kGuardrailBroken[] = "guardrail broken";
inline constexpr char kNotMeasured[] = "not measured";
/// Of times that a build without optimisation made, or a busy machine.
inline constexpr char kNotJudged[] = "not judged";
/// How the reason begins of what was timed beside other work.
inline constexpr char kMachineWasBusy[] = "the machine was busy";
inline constexpr char kLatency[] = "latency_ms";

/// Whether a column of values belongs to the run (AnalysisSettings::metrics).
bool is_wanted(const task::MetricsSpec& metrics, const results::StageMetric& at);

/// What a comparison of one run needs to know.
struct Comparing {
  const RunSamples& samples;
  std::string baseline;
  const AnalysisSettings& settings;
  std::map<std::string, results::MetricRow> metrics;  ///< by definition
  /// Resamples of a bootstrap: the file's, or more where the smallest p that they can show would
  /// not survive the correction for this many comparisons.
  int resamples = 10'000;
  /// Whose times are not judged, and why; see analysis/unoptimised.h.
  std::map<std::string, std::string> unoptimised = {};

  /// Why the times of the variant are not compared with the baseline's; empty where they are.
  std::string times_not_judged(const std::string& variant) const;
  bool higher_is_better(const std::string& definition) const;
};

/// A comparison before its family is known: the row, and what its verdict will rest on.
struct Finding {
  enum class Kind { primary, guardrail, exploratory, noise_floor };

  Kind kind = Kind::exploratory;
  results::ComparisonRow row;
};

/// Corrects p within the two families of a run, Holm for what is confirmatory and Benjamini and
/// Hochberg for what is exploratory, and gives the primary metric its verdict. A guardrail that is
/// broken by its interval but not after correction becomes undecided.
void conclude(std::vector<Finding>& findings, const Comparing& comparing);

}  // namespace assay::analysis
