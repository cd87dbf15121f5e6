#pragma once

#include "pipeline/fitting.h"

namespace assay {

/// The mean of the primary metric of `task`, as FitContext::validate() returns it; empty where the
/// stage does not ask.
ValidationMetric validation_metric(const FitTask& task, const DataView& data);

}  // namespace assay
