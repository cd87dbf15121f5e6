#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "execution/plan.h"
#include "results/database.h"

namespace assay::execution {

/// What the timing pass has to play under one scenario, all variants and data sets together.
struct TimingForecast {
  task::ScenarioSpec scenario;
  int64_t rounds = 0;  ///< of one variant each, the baseline's second timings among them
  int64_t found = 0;   ///< rounds that the database has already
  /// Known for `server` only, and for variants that keep up with it; without warm-up.
  std::optional<double> seconds;
};

/// One a scenario, in the order of the file; none where there is no timing pass. Counts as if every
/// trial will be done.
/// @param database  nullptr: there is none yet
std::vector<TimingForecast> timing_forecast(const Plan& plan, const results::Database* database);

}  // namespace assay::execution
