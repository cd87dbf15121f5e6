#pragma once

#include <vector>

#include "execution/plan.h"

namespace assay::execution {

/// Throws UserError, with the places in the file, where a stage asks for events or features that a
/// data set does not have: an event type that does not occur in it (`learn_from`), a feature that
/// is not there (`features`).
void check_data_scopes(const task::Experiment& experiment, const std::vector<PlannedData>& data);

/// The same of `features.candidate` as far as the experiment tells without its data: where the files
/// of a data set have no features but those that it names.
void check_written_features(const task::Experiment& experiment);

}  // namespace assay::execution
