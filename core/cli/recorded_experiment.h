#pragma once

#include <string>
#include <vector>

#include "cli/workspace.h"
#include "results/reader.h"

namespace assay::cli {

/// What a run was made of, as far as it is still here.
struct Recorded {
  task::Experiment experiment;
  std::vector<dataset::PreparedRef> data;  ///< one a data set, in the order of the experiment
};

/// Read back from the configuration that the run keeps; with `metrics` ("recall@20",
/// "ndcg{gain=exponential}", as in `metrics.names`) beside its own.
/// @param folder  where the configuration is written to be read
/// Throws UserError: an unknown metric (with near names), a plugin or a file that is not there any
/// more, told at "configuration of run 1 in x.sqlite:8:5".
Recorded read_recorded(const Workspace& workspace, const std::string& database,
                       const results::RunInfo& run, const std::string& folder,
                       const std::vector<std::string>& metrics = {});

}  // namespace assay::cli
