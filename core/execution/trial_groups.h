#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

namespace assay::execution {

/// Trials that share a recall step go together, so that it runs once; a group is halved while
/// workers would stand idle.
/// @param steps  keys of a trial's recall steps
/// @param jobs   how many workers there are
std::vector<std::vector<std::string>> trial_groups(
    const std::vector<std::string>& trials,
    const std::function<std::set<std::string>(const std::string&)>& steps, int jobs);

}  // namespace assay::execution
