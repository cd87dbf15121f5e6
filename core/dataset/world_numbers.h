#pragma once

#include <cstdint>
#include <vector>

#include "dataset/columns.h"

namespace assay::dataset {

/// The numbers that a simulated world gives users or items, by dense id: their outside ids are these
/// numbers. Throws InternalError where one is none.
std::vector<int32_t> world_numbers(const TextView& ids);

}  // namespace assay::dataset
