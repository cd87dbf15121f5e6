#pragma once

#include <string_view>

namespace assay::task {

/// Begins ScoreTask::work of tasks in which the harness checks itself; the hash by which the
/// database knows the data follows. The task's first trial, and a second one where there is one, are
/// of different variants, and its metrics those that are checked.
inline constexpr std::string_view kSelfCheckWork = "self_check:";

}  // namespace assay::task
