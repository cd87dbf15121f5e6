#pragma once

#include <vector>

#include "execution/plan.h"

namespace assay::execution {

/// The models of off_policy.reward on a data set of the plan, one a fold (task/off_policy_spec.h);
/// none without such a model. Their keys hold all that can change a bit of them: which logged rows a
/// fold learns from follows from its place and the number of folds.
std::vector<task::ServeNode> reward_nodes(const Plan& plan, size_t data,
                                          const PlanSettings& settings);

}  // namespace assay::execution
