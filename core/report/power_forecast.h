#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "results/reader.h"
#include "task/experiment.h"

namespace assay::report {

/// What one comparison that is planned will be able to see.
struct VariantForecast {
  std::string variant;
  int64_t n = 0;          ///< of a pair: requests, or users where they ask several times
  double detectable = 0;  ///< smallest difference that will be seen with the wanted power
  /// How many the margin needs. None without a margin, or if the variance between seeds hides it.
  std::optional<double> needed;
  bool seeds_hide_margin = false;  ///< seeds vary too much for any number of requests
};

/// The same of all of them, from values that a database already has of the same requests.
struct PowerForecast {
  bool of_users = false;
  std::vector<VariantForecast> variants;  ///< those with earlier values that differ, by name
  int64_t tests = 1;                      ///< comparisons of the file, for which p is corrected
  std::string reason;                     ///< why there is nothing; else empty

  int64_t n() const;                         ///< the least of a pair; 0: none
  std::optional<double> detectable() const;  ///< the largest: promises too little, not too much
  std::optional<double> needed() const;      ///< the most of those that can have enough
};

/// Looks at the newest trials of these requests that have the primary metric: every other variant
/// against the planned baseline, or against the first variant where the baseline was never run. The
/// correction is the one that verdicts get: the first step of Holm over all comparisons of the file.
/// @param request_sets  of one data set: one, or one a fold
/// @param tests         variants times data sets of the file, without the baseline
PowerForecast power_forecast(const results::Reader& reader,
                             const std::vector<std::string>& request_sets,
                             const task::MetricAt& primary, const task::CompareSpec& compare,
                             int64_t tests = 1);

/// "ndcg@10 on ml100k, n = 943 requests: minimum detectable difference 0.0031 to 0.022, by variant
/// (alpha .05 over 9 comparisons, power .8)", or the reason.
std::string power_line(const PowerForecast& forecast, const std::string& dataset,
                       const task::MetricAt& primary, const task::CompareSpec& compare);
/// What the margin needs, a line each: "the margin of 0.005 needs about 4,600 requests (ease)", and
/// whose seeds hide it. None where there is nothing to say.
std::vector<std::string> sample_size_lines(const PowerForecast& forecast,
                                           const task::CompareSpec& compare);

}  // namespace assay::report
