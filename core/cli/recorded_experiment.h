#pragma once

#include <string>
#include <vector>

#include "cli/workspace.h"
#include "results/reader.h"

namespace assay {

/// The experiment of a run, read back from the configuration that the run keeps; with `metrics`
/// ("recall@20", "ndcg{gain=exponential}", as in `metrics.names`) beside its own.
/// @param folder  where the configuration is written to be read
/// Throws UserError: an unknown metric (with near names), a plugin or a file that is not there any
/// more, each naming the run.
Experiment load_recorded(const Workspace& workspace, const std::string& database,
                         const RunInfo& run, const std::string& folder,
                         const std::vector<std::string>& metrics = {});

}  // namespace assay
