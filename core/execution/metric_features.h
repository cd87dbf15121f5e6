#pragma once

#include <vector>

#include "execution/plan.h"

namespace assay::execution {

/// Throws UserError with every item or user feature that a metric names and a data set lacks, or
/// has with another type: before anything runs, instead of in each trial.
void check_metric_features(const task::MetricsSpec& metrics, const std::vector<PlannedData>& data);

}  // namespace assay::execution
