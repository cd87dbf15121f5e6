#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "analysis/analyse.h"
#include "analysis/imported.h"
#include "analysis/run_samples.h"
#include "results/analysis_rows.h"
#include "stats/power.h"

namespace assay::analysis {

/// The words of `family` and `correction` in the view `comparisons`.
inline constexpr char kConfirmatoryFamily[] = "confirmatory";
/// One for each guardrail: the same limit on every variant and data set.
inline constexpr char kGuardrailFamily[] = "guardrail";
inline constexpr char kExploratoryFamily[] = "exploratory";
inline constexpr char kNoiseFloorFamily[] = "noise floor";
/// Words of `verdict` beside those of stats/verdict.h: what is exploratory gets no verdict, and a
/// guardrail on a metric is kept or broken.
inline constexpr char kNoVerdict[] = "exploratory";
inline constexpr char kGuardrailKept[] = "guardrail kept";
inline constexpr char kGuardrailBroken[] = "guardrail broken";
inline constexpr char kNotMeasured[] = "not measured";
/// Of lists that were made elsewhere: what was timed is a look-up.
inline constexpr char kNotTimed[] = "not timed";
/// Of times that a build without optimisation made, or a busy machine.
inline constexpr char kNotJudged[] = "not judged";
/// How the reason begins of what was timed beside other work.
inline constexpr char kMachineWasBusy[] = "the machine was busy";
inline constexpr char kLatency[] = "latency_ms";

/// What the method of a comparison ends in whose n are users, because some ask several times.
inline constexpr char kByUser[] = ", by user";
bool is_by_user(const std::string& method);

/// "needs about 3,100 requests for a power of .8", or users.
std::string needed_text(int64_t needed, const std::string& method, double power);

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
  /// Who serves lists that were made elsewhere.
  std::map<std::string, ImportedLists> imported = {};
  /// Comparisons of the primary metric that the file asks for: variants times data sets. One that a
  /// crash leaves without numbers counts all the same, so that it changes no other's p.
  int64_t planned = 1;

  /// The chance of a false claim that one guardrail of one variant may take.
  double guardrail_alpha() const;

  /// Why the times of the variant are not compared with the baseline's; empty where they are.
  std::string times_not_judged(const std::string& variant) const;
  bool higher_is_better(const std::string& definition) const;
};

/// A comparison before its family is known: the row, and what its verdict will rest on.
struct Finding {
  enum class Kind { primary, guardrail, exploratory, noise_floor };

  Kind kind = Kind::exploratory;
  results::ComparisonRow row;
  /// Of the differences of a primary metric; what is needed follows from it.
  std::optional<stats::PairSpread> spread = std::nullopt;
};

/// Corrects p within the families of a run and gives the primary metric its verdict: Holm for the
/// primary metric, Bonferroni for each guardrail (its interval and verdict have that level already),
/// Benjamini and Hochberg for what is exploratory. Also says what difference of the primary metric
/// can be seen after correction, and how many requests an open verdict needs.
void conclude(std::vector<Finding>& findings, const Comparing& comparing);

}  // namespace assay::analysis
