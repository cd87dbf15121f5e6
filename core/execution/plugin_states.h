#pragma once

/// How the plugins of an experiment were built, and what their last check against the plugin
/// contract found: kept with each run and shown beside its variants. Nothing is checked here, a run
/// never waits for a check.

#include <string>
#include <vector>

#include "results/run_rows.h"
#include "task/experiment.h"
#include "task/plugin_info.h"

namespace assay::execution {

/// A plugin of the experiment with its library, and the variants that call it.
struct UsedPlugin {
  results::PluginStateRow state;  ///< `run_id` 0
  std::string library;            ///< path
};

/// One for each variant and each plugin of its chain, inputs of stages included, in the order in
/// which they are called; then the metrics. Sources of ranked lists are no plugins.
///
/// Of the results beside the library and in `checks_folder` (task/contract_check.h) that are about
/// its bytes the later counts; where both found the same, that of the build.
/// @param catalog  where the experiment was loaded from; tells how a library was built
std::vector<UsedPlugin> used_plugins(const task::Experiment& experiment,
                                     const task::PluginCatalog& catalog,
                                     const std::string& checks_folder);

}  // namespace assay::execution
