#pragma once

#include <vector>

#include "execution/memory_plan.h"
#include "task/experiment.h"
#include "tuning/space.h"

namespace assay::execution {

/// A variant with values for its tuned parameters, wherever a copy of their stages stands (inputs,
/// what comes before them), and with the traits that its plugins have with these values.
/// @param values  one for each of `variant.tuned`
/// @param ask     asked once, where a plugin decides traits by its parameters
/// Throws UserError where a plugin cannot say.
task::VariantSpec with_values(const task::VariantSpec& variant, const tuning::Values& values,
                              const AskFunctions& ask);
/// The same for several sets of values, asking once for all.
std::vector<task::VariantSpec> with_values(const task::VariantSpec& variant,
                                           const std::vector<tuning::Values>& all,
                                           const AskFunctions& ask);

/// {"recall[0].lambda": 0.3}, as a results database keeps values.
nlohmann::json named_values(const tuning::Space& space, const tuning::Values& values);

}  // namespace assay::execution
