#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "results/reader.h"
#include "task/experiment.h"

namespace assay::report {

/// What a comparison that is planned will be able to see, from values that a database already has
/// of the same requests.
struct PowerForecast {
  int64_t n = 0;  ///< of a pair: requests, or users where they ask several times
  bool of_users = false;
  int64_t comparisons = 0;           ///< earlier pairs of variants behind it
  std::optional<double> detectable;  ///< smallest difference that will be seen
  /// How many of them the margin needs. None without a margin, or if the variance between seeds is
  /// too large.
  std::optional<double> needed;
  bool seeds_hide_margin = false;  ///< seeds vary too much for any number of requests
  std::string reason;              ///< why there is nothing; else empty
};

/// Looks at the newest trials of these requests that have the primary metric: every other variant
/// against the planned baseline, or against the first variant where the baseline was never run.
/// The pair with the largest standard error (seeds included) is taken, so that the forecast promises
/// too little rather than too much.
/// @param request_sets  of one data set: one, or one a fold
PowerForecast power_forecast(const results::Reader& reader,
                             const std::vector<std::string>& request_sets,
                             const task::MetricAt& primary, const task::CompareSpec& compare);

/// "ndcg@10 on ml100k, n = 943: minimum detectable difference 0.011 (alpha .05, power .8)", or the
/// reason.
std::string power_line(const PowerForecast& forecast, const std::string& dataset,
                       const task::MetricAt& primary, const task::CompareSpec& compare);
/// "the margin of 0.005 needs 4,512 requests (from 3 earlier comparisons)"; empty where there is
/// nothing to say.
std::string sample_size_line(const PowerForecast& forecast, const task::CompareSpec& compare);

}  // namespace assay::report
