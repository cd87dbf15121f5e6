#pragma once

#include <span>

#include "results/connection.h"
#include "results/migration.h"

namespace assay::results {

/// Takes the steps that the open file has not seen, each in its own transaction. Leaves a file of a
/// version that `steps` does not reach as it is: the caller refuses it before.
void migrate(const Connection& connection, std::span<const Migration> steps);

}  // namespace assay::results
