#include "worker/session.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <chrono>

#include "error/error.h"
#include "task/explain_work.h"
#include "task/param_json.h"
#include "task/policy.h"
#include "task/self_check_work.h"
#include "worker/libraries.h"

namespace assay::worker {
namespace {

std::unique_ptr<Strategy> make_from_library(const task::StageSpec& stage) {
  const PluginEntry& entry =
      open_library(stage.library, stage.library_sha256).entry(stage.plugin, stage.kind);
  return host::make_strategy(entry, task::params_from_json(entry.schema, stage.params));
}

}  // namespace

void Session::apply(const task::NumericSpec& numeric) {
  at::set_num_threads(static_cast<int>(numeric.threads));
  at::globalContext().setDeterministicAlgorithms(true, /*warn_only=*/false);
  at::globalContext().setDeterministicFillUninitializedMemory(false);
  at::globalContext().setAllowTF32CuBLAS(numeric.tf32);
  at::globalContext().setAllowTF32CuDNN(numeric.tf32);
}

void Session::prepare(const task::Task& task) {
  apply(task.numeric);
  const std::string limits = nlohmann::json(task.limits).dump();
  if (data_path_ == task.data_path && device_ == task.numeric.device && limits_ == limits) return;
  truth_.reset();
  store_.reset();
  data_ =
      std::make_unique<pipeline::DataView>(dataset::PreparedData::open(task.data_path),
                                           at::Device(std::string(name_of(task.numeric.device))));
  store_ = std::make_unique<pipeline::StrategyStore>(*data_, &make_from_library,
                                                     pipeline::Guards{breadcrumb_, task.limits});
  data_path_ = task.data_path;
  device_ = task.numeric.device;
  limits_ = limits;
}

task::TaskReply Session::run(const task::Task& task) {
  const auto started = std::chrono::steady_clock::now();
  if (breadcrumb_) breadcrumb_->clear();
  prepare(task);
  task::TaskReply reply;
  reply.task = task.id;
  if (task.fit) reply.failures = run_fit(task, *store_);
  if (task.evaluate) {
    const std::string& work = task.evaluate->work;
    if (task::policy_of_work(work))
      reply.failures = run_policy(task, *store_, truth_);
    else
      reply.failures =
          task::explain_of_work(work) ? run_explain(task, *store_) : run_evaluate(task, *store_);
  }
  if (task.smoke) reply.failures = run_smoke(task, *store_);
  if (task.score) {
    const bool checks = task.score->work.starts_with(task::kSelfCheckWork);
    reply.failures = checks ? run_self_check(task, *store_) : run_score(task, *store_);
  }
  if (task.time) reply.failures = run_time(task, *store_);
  reply.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  return reply;
}

task::TaskFailure to_task_failure(const pipeline::StageFailure& failure, int64_t node) {
  return {{},           node,          failure.place, failure.plugin, failure.phase, failure.batch,
          failure.kind, failure.reason};
}

task::TaskFailure failure_of_all(const pipeline::StageFailure& failure,
                                 const std::vector<task::TrialTask>& trials) {
  task::TaskFailure told = to_task_failure(failure, -1);
  for (const task::TrialTask& trial : trials) told.trials.push_back(trial.trial_key);
  return told;
}

task::TaskFailure metric_failure(const std::string& problem, const task::TrialTask& trial) {
  pipeline::StageFailure failure(task::FailureKind::invalid_input, problem);
  failure.place = "metrics";
  return failure_of_all(failure, {trial});
}

bool has_failed(const pipeline::ServingGraph& graph, const task::TrialTask& trial) {
  return std::ranges::any_of(trial.stages, [&](const task::MeasuredStage& stage) {
    return graph.failure_above(stage.node);
  });
}

std::vector<task::TaskFailure> failures_of(const pipeline::ServingGraph& graph,
                                           const std::vector<task::TrialTask>& trials) {
  std::vector<task::TaskFailure> out;
  for (size_t node = 0; node < graph.failures().size(); ++node) {
    const auto& failure = graph.failures()[node];
    if (!failure) continue;
    task::TaskFailure told = to_task_failure(*failure, static_cast<int64_t>(node));
    for (const task::TrialTask& trial : trials) {
      const auto below = [&](const task::MeasuredStage& stage) {
        return graph.failure_above(stage.node) == &*failure;
      };
      if (std::ranges::any_of(trial.stages, below)) told.trials.push_back(trial.trial_key);
    }
    out.push_back(std::move(told));
  }
  return out;
}

}  // namespace assay::worker
