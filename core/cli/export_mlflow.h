#pragma once

#include <string>

#include "report/run_name.h"

namespace assay::cli {

/// The layout of MLflow's file store, which MLflow 2 opens as it is and MLflow 3 after
/// `mlflow migrate-filestore`: one experiment, and in it one run for each variant and data set, with
/// the means of the leaderboard as metrics, effective parameters of the stages as params, and
/// provenance as tags. MLflow's names have no `@` or braces: ndcg@10 is `served/ndcg_at_10`. What
/// has no value is left out. Ids derive from the database's run, so that a second export replaces
/// the first.
void export_mlflow(const report::OpenRun& run, const std::string& folder);

}  // namespace assay::cli
