#include <algorithm>
#include <chrono>
#include <deque>

#include "results/part_writer.h"
#include "task/off_policy_spec.h"
#include "task/policy.h"
#include "worker/host_facts.h"
#include "worker/policy_rows.h"
#include "worker/session.h"

// A policy is asked about logged requests in a task of its own: what it needs beside the served lists
// (the probability of every logged item) belongs to no trial, which other variants may share.

namespace assay::worker {

/// What a log says to all tasks that ask the same of it: a long one is walked once a worker, not once
/// a shard.
struct KeptTruth {
  std::string key;
  LoggedTruth logged;
};

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

void write_rows(const task::EvaluateTask& task, AskedTrial& asked, double seconds,
                results::PartWriter& part) {
  const auto shard = part.begin_shard({.trial_key = asked.trial->trial_key,
                                       .work = task.work,
                                       .shard = task.shard,
                                       .shards = task.shards,
                                       .first_request = task.first_request,
                                       .requests = task.requests});
  part.policy_input(shard, asked.rows.finish());
  part.end_shard(shard, seconds);
}

std::string key_of(const task::EvaluateTask& task, const PolicyNodes& nodes) {
  std::string key(name_of(task.window));
  for (const task::ServeNode& node : nodes.reward) key += " " + node.fitted.artifact.key;
  if (task::reward_is_logit(task.work)) key += " logit";
  for (const std::string& name : task::embeddings_of_work(task.work)) key += " " + name;
  return key;
}

std::shared_ptr<const KeptTruth> truth_of(const task::EvaluateTask& task, const PolicyNodes& nodes,
                                          pipeline::StrategyStore& store) {
  auto out = std::make_shared<KeptTruth>(
      KeptTruth{key_of(task, nodes), LoggedTruth(store.data(), task.window)});
  LoggedTruth& logged = out->logged;
  const std::vector<std::string> embeddings = task::embeddings_of_work(task.work);
  if (!embeddings.empty())
    logged.embeddings.emplace(store.data(), logged.table, logged.places, embeddings);
  if (!nodes.reward.empty())
    logged.reward.emplace(nodes.reward, task::reward_is_logit(task.work), task.train_windows, store,
                          logged.table, task.window);
  return out;
}

/// What of the work names its rows.
std::string text_of(const task::EvaluateTask& task) {
  return task.work.substr(task::kPolicyWork.size());
}

/// Serves the shard, and asks every trial that lives.
std::vector<task::TaskFailure> ask(const task::Task& task, const PolicyNodes& nodes,
                                   const LoggedTruth& logged, pipeline::StrategyStore& store) {
  const task::EvaluateTask& evaluate = *task.evaluate;
  const task::PolicySpec policy = task::policy_of_work(evaluate.work).value();
  pipeline::ServingGraph::Options options;
  options.batch_size = task.numeric.batch_size;
  pipeline::ServingGraph graph(nodes.serving, store, options);
  std::deque<AskedTrial> trials;
  for (const task::TrialTask& trial : evaluate.trials)
    trials.push_back(
        {&trial, {policy, text_of(evaluate), trial, graph, logged, evaluate.window}, std::nullopt});
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
  for (AskedTrial& asked : trials) {
    if (has_failed(graph, *asked.trial)) continue;
    if (asked.failure)
      failures.push_back(failure_of_all(*asked.failure, {*asked.trial}));
    else
      write_rows(evaluate, asked, seconds / static_cast<double>(trials.size()), part);
  }
  part.finish();
  return failures;
}

/// Where nothing could be asked: the part of a task that failed holds no shard.
void write_empty(const task::Task& task) {
  results::PartWriter part(task.part_path, {task.id, "policy"});
  part.host(host_facts(task.numeric));
  part.finish();
}

}  // namespace

std::vector<task::TaskFailure> run_policy(const task::Task& task, pipeline::StrategyStore& store,
                                          std::shared_ptr<const KeptTruth>& kept) {
  const PolicyNodes nodes(task.evaluate->nodes);
  try {
    if (!kept || kept->key != key_of(*task.evaluate, nodes)) {
      kept.reset();
      kept = truth_of(*task.evaluate, nodes, store);
    }
  } catch (const pipeline::StageFailure& failure) {
    write_empty(task);
    return {failure_of_all(failure, task.evaluate->trials)};
  }
  return ask(task, nodes, kept->logged, store);
}

}  // namespace assay::worker
