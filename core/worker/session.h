#pragma once

#include <memory>
#include <string>

#include "pipeline/data_view.h"
#include "pipeline/serving.h"
#include "task/breadcrumb.h"
#include "task/reply.h"
#include "task/task.h"

namespace assay::worker {

struct KeptTruth;  // policy_task.cpp

/// What a worker keeps warm from task to task: the mapped data, and the strategies it has loaded.
class Session {
 public:
  /// @param breadcrumb  null where nobody watches
  explicit Session(task::BreadcrumbFile* breadcrumb) : breadcrumb_(breadcrumb) {}

  /// Runs a task to its part. What plugins do wrong is in the reply; anything else is thrown.
  task::TaskReply run(const task::Task& task);

  /// The strategies on the data of a task, with its numerics and limits.
  pipeline::StrategyStore& open(const task::Task& task) {
    prepare(task);
    return *store_;
  }

 private:
  void prepare(const task::Task& task);
  void apply(const task::NumericSpec& numeric);

  task::BreadcrumbFile* breadcrumb_;
  std::string data_path_, limits_;
  task::Device device_ = task::Device::automatic;  // none yet
  std::unique_ptr<pipeline::DataView> data_;
  std::unique_ptr<pipeline::StrategyStore> store_;
  std::shared_ptr<const KeptTruth> truth_;  // refers to the store
};

/// The kinds of tasks. Each writes the task's part and returns what plugins did wrong.
std::vector<task::TaskFailure> run_fit(const task::Task& task, pipeline::StrategyStore& store);
std::vector<task::TaskFailure> run_evaluate(const task::Task& task, pipeline::StrategyStore& store);
/// Of a task whose work is a policy (task/policy.h): what it does with logged requests.
/// @param kept  what the log says, for later tasks on the same store
std::vector<task::TaskFailure> run_policy(const task::Task& task, pipeline::StrategyStore& store,
                                          std::shared_ptr<const KeptTruth>& kept);
/// Of a task whose work is an explanation (task/explain_work.h): one request of one trial in full.
std::vector<task::TaskFailure> run_explain(const task::Task& task, pipeline::StrategyStore& store);
std::vector<task::TaskFailure> run_smoke(const task::Task& task, pipeline::StrategyStore& store);
std::vector<task::TaskFailure> run_score(const task::Task& task, pipeline::StrategyStore& store);
/// Of a score task whose work is a self-check (task/self_check_work.h).
std::vector<task::TaskFailure> run_self_check(const task::Task& task,
                                              pipeline::StrategyStore& store);
std::vector<task::TaskFailure> run_time(const task::Task& task, pipeline::StrategyStore& store);

/// A plugin's failure as the coordinator is told of it.
task::TaskFailure to_task_failure(const pipeline::StageFailure& failure, int64_t node);

/// What went wrong outside of any stage, and takes all of these along.
task::TaskFailure failure_of_all(const pipeline::StageFailure& failure,
                                 const std::vector<task::TrialTask>& trials);

/// A trial that has a value which a metric cannot hold (Measure::problem).
task::TaskFailure metric_failure(const std::string& problem, const task::TrialTask& trial);

/// One TaskFailure for each node that failed, with the trials whose stages it took along.
std::vector<task::TaskFailure> failures_of(const pipeline::ServingGraph& graph,
                                           const std::vector<task::TrialTask>& trials);

/// true where a stage of the trial failed.
bool has_failed(const pipeline::ServingGraph& graph, const task::TrialTask& trial);

}  // namespace assay::worker
