#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "assignment/assigner.h"

namespace assay::cli {

/// Reads the file of `assay assign` (docs/ab-tests.md): experiments, layers and holdouts.
/// @param at_us  the time that ramps are read at, microseconds since 1970
/// Throws UserError with all problems and their places: what is no such file; weights that do not
/// sum to 1; an arm that no unit would be in; experiments that would share units of a namespace, or
/// share a seed, so that their arms are the same units.
std::vector<assignment::ExperimentSpec> read_assignment_spec(const std::string& path,
                                                             int64_t at_us);

}  // namespace assay::cli
