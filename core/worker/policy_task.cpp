#include <algorithm>
#include <chrono>
#include <deque>

#include "results/part_writer.h"
#include "worker/host_facts.h"
#include "worker/policy_rows.h"
#include "worker/session.h"

// A policy is asked about logged requests in a task of its own: what it needs beside the served lists
// (the probability of every logged item) belongs to no trial, which other variants may share.

namespace assay::worker {
namespace {

/// One trial of the task, until its policy fails.
struct AskedTrial {
  const task::TrialTask* trial;
  PolicyRows rows;
  std::optional<pipeline::StageFailure> failure;

  void add(const pipeline::ServedBatch& batch) {
    const auto node = static_cast<size_t>(trial->stages.back().node);
    if (failure || !batch.lists[node]) return;
    try {
      rows.add(batch);
    } catch (const pipeline::StageFailure& thrown) {
      failure = thrown;
    }
  }
};

void write_rows(const task::EvaluateTask& task, const AskedTrial& asked, double seconds,
                results::PartWriter& part) {
  const auto shard = part.begin_shard({.trial_key = asked.trial->trial_key,
                                       .work = task.work,
                                       .shard = task.shard,
                                       .shards = task.shards,
                                       .first_request = task.first_request,
                                       .requests = task.requests});
  part.policy_input(shard, asked.rows.input());
  part.end_shard(shard, seconds);
}

}  // namespace

std::vector<task::TaskFailure> run_policy(const task::Task& task, pipeline::StrategyStore& store) {
  const task::EvaluateTask& evaluate = *task.evaluate;
  const task::PolicySpec policy = task::policy_of_work(evaluate.work).value();
  pipeline::ServingGraph::Options options;
  options.batch_size = task.numeric.batch_size;
  pipeline::ServingGraph graph(evaluate.nodes, store, options);
  const LoggedTruth logged(store.data(), evaluate.window);
  std::deque<AskedTrial> trials;
  for (const task::TrialTask& trial : evaluate.trials)
    trials.push_back({&trial, {policy, trial, graph, logged, evaluate.window}, std::nullopt});
  const auto started = std::chrono::steady_clock::now();
  graph.run_window(evaluate.window, evaluate.first_request, evaluate.requests,
                   [&](const pipeline::ServedBatch& batch) {
                     for (AskedTrial& asked : trials) asked.add(batch);
                   });
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();

  results::PartWriter part(task.part_path, {task.id, "policy"});
  part.host(host_facts(task.numeric));
  std::vector<task::TaskFailure> failures = failures_of(graph, evaluate.trials);
  for (const AskedTrial& asked : trials) {
    if (has_failed(graph, *asked.trial)) continue;
    if (asked.failure)
      failures.push_back(failure_of_all(*asked.failure, {*asked.trial}));
    else
      write_rows(evaluate, asked, seconds / static_cast<double>(trials.size()), part);
  }
  part.finish();
  return failures;
}

}  // namespace assay::worker
