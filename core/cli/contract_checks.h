#pragma once

/// Results of `assay check`, kept in the cache and shown beside what a run computes with a plugin.

#include <string>
#include <vector>

#include "cli/workspace.h"
#include "execution/plugin_states.h"

namespace assay::cli {

/// Where results are kept, one file a library.
std::string checks_folder(const std::string& cache);

/// The plugins that the experiment uses, with what is known of them.
std::vector<execution::UsedPlugin> used_plugins(const Workspace& workspace,
                                                const task::Experiment& experiment);

/// `assay run --check`: tests each plugin of the experiment with its defaults on the built-in data,
/// as `assay check FILE` does, but for those that their build found to hold everything.
/// @param quiet  whether nothing is said of those that hold everything
/// Throws UserError where a check fails: a problem for each plugin, with its first failure.
void check_plugins(const Workspace& workspace, const task::Experiment& experiment, bool quiet);

}  // namespace assay::cli
