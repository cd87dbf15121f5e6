#pragma once

#include <span>
#include <vector>

#include "task/task.h"

namespace assay::task {

/// Where in a chain a metric of the pool has a value, in the order of `stages`: one at a cutoff at
/// every stage before what is served, one of whole lists (`MetricInfo::measured_at`) at its own.
std::vector<const MeasuredStage*> stages_measured(const MetricAt& at,
                                                  std::span<const MeasuredStage> stages);

/// Whether a stage is one recall source of several: recall[0], ...
bool is_source(const MeasuredStage& stage);

/// The stage whose output this one is given; null for recall and its sources.
const MeasuredStage* stage_before(const MeasuredStage& stage,
                                  std::span<const MeasuredStage> stages);

}  // namespace assay::task
