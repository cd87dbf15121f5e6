#pragma once

#include <string>

#include "report/comparison.h"

namespace assay::report {

// For programs: everything that the text says, with numbers as they are.

/// One object: `run`, `metric`, `baseline`, `sentences`, `datasets` (each with its `leaderboard`
/// and `comparisons`), `policy_values`, `attacks`, `failures`, `environments`. A number that is not known is null.
std::string comparison_json(const Comparison& comparison, const results::Reader& reader);

/// One line a data set and variant: the leaderboard, and the comparison with the baseline.
std::string comparison_csv(const Comparison& comparison);

}  // namespace assay::report
