#pragma once

#include <CLI/CLI.hpp>
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
/// Files are looked for below the folders `data`, then where the experiment file stood, beside the
/// database, in ASSAY_DATA, where the data catalogue is kept, and in the current folder; of several
/// the ones are taken whose hash is that of the run, or of which the same is used.
/// @param folder  where the configuration is written to be read
/// Throws UserError: an unknown metric (with near names), folders that have other data than the run
/// (with both hashes), a plugin or a file that is not there any more, told at "configuration of run 1 in x.sqlite:8:5".
Recorded read_recorded(const Workspace& workspace, const std::string& database,
                       const results::RunInfo& run, const std::string& folder,
                       const std::vector<std::string>& metrics = {},
                       const std::vector<std::string>& data = {});

/// Adds `--data FOLDER`, which may be given several times.
void add_data_option(CLI::App& command, std::vector<std::string>& folders);

}  // namespace assay::cli
