#pragma once

#include <vector>

#include "dataset/prepared.h"
#include "exposure/popularity_pools.h"

namespace assay::execution {

/// How many users have each item among the positives of these windows, each pair counted once: what
/// the worker counts by, from the same mapping.
exposure::ItemUsers read_item_users(const dataset::PreparedData& data,
                                    const std::vector<task::Window>& windows);

}  // namespace assay::execution
