#pragma once

#include <memory>
#include <string>

#include "pipeline/data_view.h"
#include "pipeline/serving.h"
#include "task/breadcrumb.h"
#include "task/reply.h"
#include "task/task.h"

namespace assay {

/// What a worker keeps warm from task to task: the mapped data, and the strategies it has loaded.
class Session {
 public:
  /// @param breadcrumb  null where nobody watches
  explicit Session(BreadcrumbFile* breadcrumb) : breadcrumb_(breadcrumb) {}

  /// Runs a task to its part. What plugins do wrong is in the reply; anything else is thrown.
  TaskReply run(const Task& task);

 private:
  void prepare(const Task& task);
  void apply(const NumericSpec& numeric);

  BreadcrumbFile* breadcrumb_;
  std::string data_path_, device_, limits_;
  std::unique_ptr<DataView> data_;
  std::unique_ptr<StrategyStore> store_;
};

/// The kinds of tasks. Each writes the task's part and returns what plugins did wrong.
std::vector<TaskFailure> run_fit(const Task& task, StrategyStore& store);
std::vector<TaskFailure> run_evaluate(const Task& task, StrategyStore& store);
std::vector<TaskFailure> run_smoke(const Task& task, StrategyStore& store);
std::vector<TaskFailure> run_score(const Task& task, StrategyStore& store);
std::vector<TaskFailure> run_time(const Task& task, StrategyStore& store);

/// A plugin's failure as the coordinator is told of it.
TaskFailure to_task_failure(const StageFailure& failure, int64_t node);

/// What went wrong outside of any stage, and takes all of these along.
TaskFailure failure_of_all(const StageFailure& failure, const std::vector<TrialTask>& trials);

/// One TaskFailure for each node that failed, with the trials whose stages it took along.
std::vector<TaskFailure> failures_of(const ServingGraph& graph,
                                     const std::vector<TrialTask>& trials);

/// true where a stage of the trial failed.
bool has_failed(const ServingGraph& graph, const TrialTask& trial);

}  // namespace assay
