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

/// Whether the model of a fit is in the cache, with the record of what it chose where a missing fit
/// takes that over (caches of earlier versions have none).
bool is_cached(const Plan& plan, const std::string& key);

/// Takes what the cache tells of the fits that lie there (time, memory, notes, curves) into a
/// database that does not have it. Of a fit without a record its size is known.
void recall_fits(const Plan& plan, results::Database& database);

/// What is not in the cache of these models (keys), and of what they are made with; each after what
/// it needs.
std::vector<std::string> missing_models(const Plan& plan, const std::set<std::string>& models);

}  // namespace assay::execution
