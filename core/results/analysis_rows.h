#pragma once

#include <cstdint>
#include <optional>
#include <string>

/// What the analysis of a run concludes: the rows behind the views `leaderboard`, `comparisons` and
/// `latency_summary`. Writing a row whose key is there already replaces it, so an analysis can be
/// repeated. A missing number is none, with a reason; never 0.
namespace assay::results {

/// Key: run, variant, dataset, fold, stage, definition, cutoff, slice.
struct SummaryRow {
  int64_t run_id = 0;
  std::string variant, dataset, fold = "all";
  std::string stage = "served";
  std::string definition;  ///< full id
  int cutoff = 0;          ///< 0: whole list
  std::string slice = "all";
  std::optional<double> mean, ci_low, ci_high;
  std::optional<double> sd_over_seeds;  ///< none where no stage draws, or with one seed
  std::optional<int64_t> seeds;         ///< how many were averaged; none where no stage draws
  std::optional<int64_t> requests, excluded_requests;
  std::string reason;  ///< why `mean` is none; else empty
};

/// Key: run, dataset, fold, baseline, variant, stage, definition, cutoff, slice, scenario,
/// quantile.
struct ComparisonRow {
  int64_t run_id = 0;
  std::string dataset, fold = "all", baseline, variant;
  std::string stage = "served";
  std::string definition;  ///< full id, or `latency_ms`
  int cutoff = 0;
  std::string slice = "all";
  std::optional<std::string> scenario;  ///< latency only
  std::optional<double> quantile;       ///< latency only
  std::optional<double> difference, relative, ci_low, ci_high, p, p_adjusted;
  std::string method;        ///< `paired bootstrap (10,000)`, ...
  std::string correction;    ///< `holm`, `benjamini-hochberg`, `none`
  std::string family;        ///< `confirmatory`, `exploratory`
  std::optional<int64_t> n;  ///< pairs (or units)
  std::optional<double> minimum_detectable_effect;
  std::string verdict;  ///< `better`, `worse`, `no difference`, `too few requests to decide`, ...
  std::string reason;   ///< why a number is none or the verdict is open; else empty
  std::optional<int64_t> family_size = std::nullopt;  ///< tests that p was corrected for
  /// n at which the power of the file is reached; none where it is, or was not asked.
  std::optional<int64_t> needed = std::nullopt;
};

/// Key: run, variant, dataset, fold, seed, scenario, stage, quantile.
struct LatencyRow {
  int64_t run_id = 0;
  std::string variant, dataset, fold = "all";
  std::optional<int64_t> seed;
  std::string scenario;  ///< JSON, as in LatencySamples
  std::string stage = "served";
  double quantile = 0.5;
  std::optional<double> ms, ci_low_ms, ci_high_ms;
  std::optional<int64_t> requests;
  std::optional<double> offered_qps, achieved_qps;
  std::optional<int64_t> degraded;
  std::string reason;
};

}  // namespace assay::results
