#pragma once

#include <optional>
#include <string>

#include "analysis/analysis.h"

namespace assay::analysis {

/// What an analysis reads beside its settings, as text: it changes with every part that is merged
/// and with every round that is timed.
std::string stored_state(const results::Reader& reader);

/// The rows of an earlier run of the file whose analysis had the same input: it was judged by
/// `judged_by`, which says settings, rules and stored state, and has the same variants, trials and
/// plugins. A run that had nothing to compute takes them over instead of making them again.
std::optional<Analysis> earlier_analysis(const results::Reader& reader, int64_t run_id,
                                         const std::string& judged_by);

}  // namespace assay::analysis
