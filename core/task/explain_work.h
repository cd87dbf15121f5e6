#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace assay::task {

/// What a task is asked about one request of a trial: everything that StageSample keeps of sampled
/// ones, in full.
struct ExplainWork {
  int64_t request = 0;     ///< place in the request set
  int64_t item = -1;       ///< explained beside what is served, wherever a stage has it; -1: none
  int64_t without = -1;    ///< item that the history is left without; -1: its latest ones in turn
  int64_t explained = 10;  ///< served items that are explained
  int64_t terms = 5;       ///< largest terms of each item
};

/// EvaluateTask::work of such a task.
std::string explain_work(const ExplainWork& work);
/// Of a task's work; none of any other.
std::optional<ExplainWork> explain_of_work(std::string_view work);

}  // namespace assay::task
