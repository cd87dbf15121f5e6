#pragma once

#include <cstdint>
#include <vector>

#include "metrics/metric_data.h"

namespace assay::metrics {

/// t_i of every item.
std::vector<int64_t> counts_of(const MetricData& data);

/// All items, the most popular first, equal counts by id.
std::vector<int64_t> popularity_order(const MetricData& data);

/// The rank of every item in popularity_order, from 1.
std::vector<int64_t> unique_ranks(const MetricData& data);

/// The same where items of equal count share a rank and none is left out behind them.
std::vector<int64_t> dense_ranks(const MetricData& data);

}  // namespace assay::metrics
