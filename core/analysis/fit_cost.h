#pragma once

#include <string>

#include "analysis/quality.h"

namespace assay::analysis {

/// Whether a guardrail is about what fitting takes (task/fit_costs.h).
bool is_fit_cost(const std::string& metric);

/// The metric of such a guardrail, for the table `metric`.
results::MetricRow fit_cost_metric(const std::string& metric);

/// Checks a guardrail on the seconds that all fits of a trial took together, or on the memory of the
/// largest, averaged over trials. Fits were measured once each, beside whatever ran with them, so
/// that there is no interval: the means decide, and the method says so. What was fitted before it was
/// measured is not measured.
results::ComparisonRow check_fit_cost(const Comparing& comparing, const GroupPair& pair,
                                      const task::GuardrailSpec& guardrail);

}  // namespace assay::analysis
