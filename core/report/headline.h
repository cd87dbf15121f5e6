#pragma once

#include <string>

#include "report/comparison.h"

namespace assay::report {

/// How all variants fared on the metric, in one or two short sentences:
/// "ease is better than control on ndcg@10, but breaks a guardrail. The others: 1 equivalent, 2
/// with too few requests to decide."
/// A variant counts once, whatever the number of data sets: as better or worse where that is its
/// verdict on any of them. Empty where fewer than two variants were compared, and for what is not
/// the primary metric: then the sentences say all.
std::string headline(const Comparison& comparison);

}  // namespace assay::report
