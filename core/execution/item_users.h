#pragma once

#include <vector>

#include "dataset/prepared.h"
#include "exposure/popularity_pools.h"

namespace assay {

/// How many users have each item among the positives of these windows, each pair counted once: what
/// the worker counts by, from the same mapping.
ItemUsers read_item_users(const PreparedData& data, const std::vector<Window>& windows);

}  // namespace assay
