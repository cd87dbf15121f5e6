#pragma once

#include "pipeline/fitting.h"

namespace assay::worker {

/// The primary metric of `task`, whose mean FitContext::validate() returns, and those that are
/// measured beside it; empty where the stage does not ask.
pipeline::ValidationMetrics validation_metrics(const task::FitTask& task,
                                               const pipeline::DataView& data);

}  // namespace assay::worker
