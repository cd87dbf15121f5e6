#pragma once

#include <set>
#include <string>
#include <vector>

#include "execution/plan.h"
#include "execution/trial_board.h"

namespace assay::execution {

/// Reads every fitted model that an open trial would take from the cache, and removes those that
/// are not what was written, by their hash, so that they are fitted again.
/// @return a line for the user: which were damaged, and where; empty where none was
std::string remove_damaged_models(const Plan& plan, const TrialBoard& board);

/// What is not in the cache of these models (keys), and of what they are made with; each after what
/// it needs.
std::vector<std::string> missing_models(const Plan& plan, const std::set<std::string>& models);

}  // namespace assay::execution
