#pragma once

#include <string>
#include <vector>

#include "execution/lock_file.h"
#include "execution/plugin_probe.h"
#include "task/experiment.h"

namespace assay::execution {

/// The lock of an experiment: plugins.lock beside its file.
std::string lock_path(const task::Experiment& experiment);

/// What a lock of an experiment holds: the plugins that its stages, their inputs and its metrics
/// name, the libraries that those bring (host/brought_libraries.h says which), and the files that
/// parameters name, as they are now.
///
/// A plugin that lies in a folder of the search is named by its place in it ("recall/als.so"), any
/// other file by its way from the folder of the experiment, a library by its own name and that of its
/// plugin. Throws UserError where two files have one name and different bytes.
std::vector<LockedFile> locked_files(const task::Experiment& experiment,
                                     const PluginSearch& search);

}  // namespace assay::execution
