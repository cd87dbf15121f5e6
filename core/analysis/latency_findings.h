#pragma once

#include <vector>

#include "analysis/finding.h"
#include "analysis/timings.h"

namespace assay::analysis {

/// Every variant's end-to-end times against the baseline's, by the bootstrap of a quantile: the
/// guardrails on latency, and p50, p95 and p99 of every scenario as exploratory. A guardrail that
/// cannot be checked (nothing was timed) is a row too, with its reason.
/// Where a stage of the variant or of the baseline was built without optimisation, the differences
/// are rows without p, "not judged", with the reason.
/// The noise floor: the baseline's second timing against its first, p50 and p99.
std::vector<Finding> compare_latency(const Comparing& comparing, const RunTimings& timings);

}  // namespace assay::analysis
