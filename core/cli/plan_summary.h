#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "execution/plan.h"
#include "execution/timing_forecast.h"

namespace assay::cli {

/// What is there already, and what is not.
struct PlanSummary {
  int64_t trials = 0, done = 0;
  int64_t fits = 0, cached_fits = 0;
  int64_t known_fits = 0;  ///< missing ones whose strategy was fitted before
  double fit_seconds = 0;  ///< of the known ones
  std::vector<std::string> shared;
  std::vector<std::string> sees;  // of stages that do not see all of the data
};

/// @param database  path of the results; it need not be there
PlanSummary summarise(const execution::Plan& plan, const std::string& database);

/// "1 variant x 1 data set x 3 seeds: 3 trials. 1 is done already, 2 to run.", then a line each for
/// fits, what they share, and what they take with so many workers.
std::vector<std::string> summary_lines(const execution::Plan& plan, const PlanSummary& summary,
                                       int jobs);
nlohmann::json to_json(const execution::Plan& plan, const PlanSummary& summary);

/// "server: 39 rounds of 2 s, 1 min 18 s together".
std::string timing_text(const execution::TimingForecast& forecast);

/// Rounds of the timing pass that a database has, or none where it is not there.
std::vector<execution::TimingForecast> forecast_timing(const execution::Plan& plan,
                                                       const std::string& path);

}  // namespace assay::cli
