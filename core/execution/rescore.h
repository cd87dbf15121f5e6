#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "execution/executor.h"
#include "execution/plan.h"
#include "execution/run.h"
#include "results/database.h"

namespace assay::execution {

/// What a rescore did.
struct RescoreOutcome {
  int64_t trials = 0;                 ///< done trials of the run
  int64_t scored = 0;                 ///< of these, got metrics that they did not have
  std::vector<std::string> problems;  ///< why a task was not finished
  int64_t self_checked = 0;           ///< metrics on which the harness checked itself
  int64_t self_check_failed = 0;      ///< of these, on which it failed
  bool interrupted = false;
};

/// Computes the metrics of the served lists that `experiment.metrics` names and the done trials of
/// a run lack, from the lists that the database keeps. No strategy is called, and none need be
/// there; the data must be. Then the harness checks itself on the metrics of the served lists on
/// which it has not (execution/self_check.h); what it finds is no problem of a task.
/// @param data  prepared data of `experiment.datasets`, in their order
/// Throws UserError where a data set is not the one that the run was made on.
RescoreOutcome rescore(results::Database& database, int64_t run_id,
                       const task::Experiment& experiment,
                       const std::vector<dataset::PreparedRef>& data, Executor& executor,
                       const RunSettings& settings);

}  // namespace assay::execution
