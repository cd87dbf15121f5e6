#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <vector>

#include "task/plugin_info.h"

namespace assay::task {

/// What is wrong with one setting of a stage.
struct ParamProblem {
  std::string key;   ///< "params.k" or "inputs.teacher": the setting to point at
  std::string what;  ///< begins with `key`, so that it reads on from the stage's place: "params.k
                     ///< is 0; it must be ..."
};

/// Settings checked against the plugin's declaration.
struct ParamCheck {
  ParamMap effective;  ///< every declared value and file, defaults filled in; inputs are left out
  /// in the order of declaration, unknown names first; empty where all is well
  std::vector<ParamProblem> problems;
};

/// Checks the `params:` of a stage. Nothing is converted, clipped or reset: a number takes an
/// integer, and that is all.
/// @param given   an object, or null where the stage has no `params:`
/// @param inputs  names under the stage's `inputs:`, each with the kind of stage that it refers to
/// Problems: unknown name, wrong type, out of range, not a choice, a rule across two parameters
/// broken, a required file or input missing, an input of another kind. Whether a file is there is
/// the caller's to see.
ParamCheck check_params(const PluginInfo& plugin, const nlohmann::json& given,
                        const std::map<std::string, PluginKind>& inputs = {});

/// "1 to 1000", "at least 0.1 days", "exponential or linear"; empty where any value of the type
/// will do.
std::string allowed_text(const ParamSpec& spec);

}  // namespace assay::task
