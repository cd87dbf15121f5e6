#include "execution/explain.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <filesystem>
#include <set>

#include "dataset/prepared.h"
#include "error/error.h"
#include "execution/failure_text.h"
#include "execution/model_cache.h"
#include "execution/new_task.h"
#include "execution/task_loop.h"

namespace assay::execution {
namespace {

task::EvaluateTask evaluation(const Plan& plan, const PlannedTrial& trial,
                              const task::ExplainWork& work) {
  const int64_t size = plan.experiment.numeric.batch_size;
  const auto prepared = dataset::PreparedData::open(plan.data[trial.data].prepared.path);
  const int64_t all = prepared.requests(task::Window::test).size();
  const Plan::Graph graph = plan.graph({&trial});
  task::EvaluateTask out;
  out.nodes = graph.nodes;
  out.trials = graph.trials;
  out.serve_size = plan.experiment.serve_size;
  out.work = task::explain_work(work);
  out.first_request = work.request / size * size;
  out.requests = std::min(size, all - out.first_request);
  return out;
}

/// Throws UserError where that of a day of a loop is gone.
const std::string& served_from(const Plan& plan, const PlannedTrial& trial) {
  const std::string& path = plan.served_from(trial);
  if (trial.log && !std::filesystem::exists(path))
    throw error::UserError(path,
                           "the log that this day of the loop was served from is no longer in "
                           "the cache; run the experiment into a new file, which makes it "
                           "again");
  return path;
}

}  // namespace

std::string explain_request(const Plan& plan, const PlannedTrial& trial,
                            const task::ExplainWork& work, Executor& executor,
                            const RunSettings& settings) {
  std::deque<task::Task> tasks;
  const std::set<std::string> models(trial.artifacts.begin(), trial.artifacts.end());
  for (const std::string& key : missing_models(plan, models)) {
    const PlannedFit& fit = plan.fits.at(key);
    tasks.push_back(new_task("fit-" + key.substr(0, 16), fit.label(), fit.data_path,
                             plan.experiment, settings));
    tasks.back().fit = fit.task;
  }
  tasks.push_back(new_task("explain", "explain " + trial.label(), served_from(plan, trial),
                           plan.experiment, settings));
  tasks.back().evaluate = evaluation(plan, trial, work);
  const std::string part = tasks.back().part_path;
  const auto all = std::ssize(tasks);
  TaskLoop loop(executor, settings);
  // One after the other: each may need the model before it.
  const bool whole = loop.run({[&](int64_t) -> std::optional<task::Task> {
                                 if (tasks.empty()) return std::nullopt;
                                 task::Task next = std::move(tasks.front());
                                 tasks.pop_front();
                                 return next;
                               },
                               [](const TaskOutcome& outcome) {
                                 if (!outcome.failures.empty())
                                   throw error::UserError(failure_text(outcome.failures.front()));
                               },
                               [&](RunProgress& progress) {
                                 progress.phase = "explain";
                                 progress.total = all;
                                 progress.done = std::max<int64_t>(0, all - std::ssize(tasks) - 1);
                               }},
                              1);
  return whole ? part : "";
}

}  // namespace assay::execution
