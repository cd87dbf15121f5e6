#pragma once

/// What the two sides of a run agree on for the trials of a tuning.

#include <string_view>

namespace assay::task {

/// EvaluateTask::work of a trial that is judged and not kept: its part has values and no lists.
inline constexpr std::string_view kTuneWork = "tune";

/// Note of a fit that was ended because it had validated as often as it might (FitTask::validations);
/// its value is how often.
inline constexpr char kPrunedNote[] = "host.pruned";

}  // namespace assay::task
