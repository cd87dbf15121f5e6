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
/// slack's interval above 0: kept; below 0: broken; both: undecided. Each of its ends is a bound at
/// Comparing::guardrail_alpha, so that what is claimed of all variants holds together. `p` is
/// one-sided, of "the change goes beyond the guardrail": small where it is kept. The row's interval
/// is the slack's, moved to variant - baseline: it ends within what is allowed exactly if the
/// guardrail is kept. A metric of the catalogue has one value for all requests: its spread is that
/// of resampled users (analysis/catalogue_bootstrap.h). Where the lists do not tell it, the means
/// over seeds decide, without an interval, and the method says so.
results::ComparisonRow check_metric_guardrail(const Comparing& comparing, const GroupPair& pair,
                                              const task::GuardrailSpec& guardrail);

}  // namespace assay::analysis
