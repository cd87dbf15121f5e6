#pragma once

#include "pipeline/fitting.h"

namespace assay::worker {

/// The mean of the primary metric of `task`, as FitContext::validate() returns it; empty where the
/// stage does not ask.
pipeline::ValidationMetric validation_metric(const task::FitTask& task,
                                             const pipeline::DataView& data);

}  // namespace assay::worker
