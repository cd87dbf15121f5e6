#pragma once

#include <string>

#include "execution/plan.h"
#include "execution/trial_board.h"

namespace assay {

/// Reads every fitted model that an open trial would take from the cache, and removes those that
/// are not what was written, by their hash, so that they are fitted again.
/// @return a line for the user: which were damaged, and where; empty where none was
std::string remove_damaged_models(const Plan& plan, const TrialBoard& board);

}  // namespace assay
