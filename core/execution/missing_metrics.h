#pragma once

#include <string>
#include <vector>

#include "results/database.h"
#include "task/experiment.h"

namespace assay::execution {

/// Metrics of the served lists that an experiment names and a done trial lacks: what a score task
/// computes from the kept lists. Those that look at the baseline too are never kept.
std::vector<task::MetricAt> missing_served(const task::MetricsSpec& metrics,
                                           const results::Database& database,
                                           const std::string& trial_key);

}  // namespace assay::execution
