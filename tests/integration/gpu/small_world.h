#pragma once

#include "dataset/prepared.h"

namespace assay::testing {

/// 600 users in five groups of taste, 400 items with a category and a number, 12,000 events; split
/// by time with rank, validation and test windows. Made in a folder of this process, from numbers
/// alone.
dataset::PreparedData small_world();

}  // namespace assay::testing
