#pragma once

#include <string>

#include "execution/executor.h"
#include "execution/plan.h"
#include "execution/run.h"
#include "task/explain_work.h"

namespace assay::execution {

/// Serves one request of a trial again, and leaves its lists, explanations and lists without an item
/// of the history in a part, which results::Reader reads. Models that are not in the cache are
/// fitted first.
/// @return the path of the part; empty where the user has asked to stop
/// Throws UserError where a stage fails, in the words of failure_text.
std::string explain_request(const Plan& plan, const PlannedTrial& trial,
                            const task::ExplainWork& work, Executor& executor,
                            const RunSettings& settings);

}  // namespace assay::execution
