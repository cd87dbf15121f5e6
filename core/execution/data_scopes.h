#pragma once

#include <vector>

#include "execution/plan.h"

namespace assay::execution {

/// Throws UserError, with the places in the file, where a stage asks for events or features that a
/// data set does not have: an event type that does not occur in it (`learn_from`), a feature that
/// is not there (`features`).
void check_data_scopes(const task::Experiment& experiment, const std::vector<PlannedData>& data);

}  // namespace assay::execution
