#pragma once

/// What plugins decide by their parameters, without loading one: assay-worker is asked, and its
/// answers are kept beside the verdicts of execution/plugin_probe.h.

#include <vector>

#include "execution/plugin_probe.h"
#include "task/plugin_functions.h"

namespace assay::execution {

/// One answer a question, in their order. An answer is kept by library hash, plugin, parameters
/// (files by their content) and sizes; all that are not known are asked for in one call of
/// assay-worker. An answer with a problem is not kept. Throws UserError where assay-worker cannot
/// be run.
std::vector<task::FunctionAnswer> ask_functions(
    const PluginSearch& search, const std::vector<task::FunctionQuestion>& questions);

}  // namespace assay::execution
