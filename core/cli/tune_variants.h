#pragma once

#include "cli/workspace.h"
#include "execution/executor.h"
#include "execution/run.h"

namespace assay::cli {

/// Chooses the values of an experiment's tuned variants, and lays its plan out anew with them.
/// Nothing happens where none is tuned.
/// @param settings  of the run; what its fits need is set to the new plan's
/// @return false where the user has asked to stop before; what was tried is kept
bool tune_variants(const Workspace& workspace, const task::Experiment& experiment,
                   execution::Plan& plan, results::Database& database,
                   execution::Executor& executor, execution::RunSettings& settings);

}  // namespace assay::cli
