#pragma once

#include <string>

#include "task/experiment.h"

namespace assay::config {

/// The rules of `assay gate` in the resolved text that a run keeps; none where it has no `gate`, as
/// that of runs before there was one.
/// Throws UserError where the text is not what resolved_text() writes.
task::GateSpec recorded_gate(const std::string& resolved_text);

}  // namespace assay::config
