#pragma once

#include <string>

#include "analysis/quality.h"

namespace assay::analysis {

/// "at most 5 % lower", "at most 0.02 higher": what a guardrail allows.
std::string allowance_text(const task::GuardrailSpec& guardrail);

/// Checks a guardrail on a metric of the served lists.
///
/// The test is about the slack of each request: what the guardrail allows, less what the variant
/// took. With "at most 5 % lower" it is v - 0.95 b, so the baseline's own uncertainty is in it. The
/// slack's interval above 0: kept; below 0: broken; both: undecided. `p` is one-sided, of "the
/// guardrail is kept on average". The row's difference and interval are those of variant -
/// baseline. A metric of the catalogue has one value for all requests: then the means over seeds
/// decide, without an interval, and the method says so.
results::ComparisonRow check_metric_guardrail(const Comparing& comparing, const GroupPair& pair,
                                              const task::GuardrailSpec& guardrail);

}  // namespace assay::analysis
