#pragma once

#include <vector>

#include "dataset/events.h"
#include "dataset/prepared.h"
#include "task/plugin_functions.h"

namespace assay::dataset {

/// How large what may be learnt from these windows is. A pair of user and item counts once, however
/// often it was positive.
task::LearningSizes learning_sizes(const Events& events, const std::vector<task::Window>& windows);

/// The same of a prepared file: what its info() says, or counted where it says nothing of these
/// windows.
/// @param all_types  of a stage that chooses types of events where the first target is one of them:
///                   every event may be positive (an upper bound)
task::LearningSizes learning_sizes(const PreparedData& data,
                                   const std::vector<task::Window>& windows,
                                   bool all_types = false);

/// Under which name info()["learning_sizes"] has these windows: "train", "train+validation".
std::string windows_name(const std::vector<task::Window>& windows);

}  // namespace assay::dataset
