#pragma once

/// Chooses the values of tuned variants before a run's own work begins.

#include <memory>
#include <vector>

#include "execution/executor.h"
#include "execution/run.h"
#include "execution/tuning_search.h"
#include "results/database.h"

namespace assay::execution {

/// Runs what searches still lack, each trial kept in the database when it ends. Goes on where an
/// earlier run was ended. false: the user has asked to stop before all searches had ended.
/// @param plan  of the run: the fits of its variants without tuned values stay in the cache
/// Throws UserError where a data set has no request in its validation window.
bool tune(std::vector<std::unique_ptr<TuningSearch>>& searches, const Plan& plan,
          results::Database& database, Executor& executor, RunSettings settings,
          const AskFunctions& ask);

/// What the budget of a search costs, as far as is known.
struct TuningForecast {
  std::string variant, dataset;
  int64_t trials = 0;             ///< of the budget; for asha with their promotions
  int64_t found = 0;              ///< that the database knows
  std::optional<double> limit_s;  ///< of the budget
  std::optional<double> left_s;   ///< of the trials that are left, as long as those before took
  bool ended = false;
};
std::vector<TuningForecast> tuning_forecast(
    const std::vector<std::unique_ptr<TuningSearch>>& searches);

}  // namespace assay::execution
