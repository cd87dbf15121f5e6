#include <chrono>

#include "pipeline/merge.h"
#include "task/stage_metrics.h"
#include "task/tuning.h"
#include "worker/host_facts.h"
#include "worker/measure.h"
#include "worker/session.h"
#include "worker/stage_sample.h"
#include "worker/stage_values.h"
#include "worker/unknown_counts.h"

namespace assay::worker {
namespace {

/// What is measured of one shard. A stage that several trials share is measured once and written
/// for each.
class ShardMeasures {
 public:
  ShardMeasures(const task::EvaluateTask& task, const pipeline::DataView& data,
                const pipeline::Guards& guards)
      : task_(task),
        data_(data),
        served_split_(split_metrics(task.metrics.served)),
        pool_split_(split_metrics(task.metrics.pool)),
        served_facts_(data, task.window, served_split_),
        pool_facts_(data, task.window, pool_split_),
        kit_(data, task.train_windows),
        own_(task.metrics.own, data, task.train_windows, guards),
        served_pass_(kit_.pass(served_split_.per_request)),
        pool_pass_(kit_.pass(pool_split_.per_request)) {
    for (const task::TrialTask& trial : task.trials) {
      for (const task::MeasuredStage& stage : trial.stages) add_measure(stage);
      stage_values_.try_emplace(trial.trial_key, trial, pool_split_.of_stages, task.serve_size);
    }
  }

  void add(const pipeline::ServedBatch& batch, const Ragged& truth) {
    const metrics::RequestContext of_served = served_facts_.of(batch.first_request, batch.requests),
                                  of_pool = pool_facts_.of(batch.first_request, batch.requests);
    for (auto& [key, measure] : measures_) {
      const auto [node, served] = key;
      if (!batch.lists[node]) continue;
      CandidateBatch lists = batch.list(node);
      if (served) {
        lists = pipeline::narrowed(lists, task_.serve_size);
        if (keeps_lists()) slates_.at(node).add(lists);
      }
      measure.add(lists, truth, served ? of_served : of_pool);
    }
    for (auto& [key, values] : stage_values_) values.add(batch, truth);
  }

  /// Of a stage of the trial; empty where all values are kept.
  std::string problem(const task::TrialTask& trial) const {
    for (const task::MeasuredStage& stage : trial.stages) {
      if (!measure_of(stage).problem().empty()) return measure_of(stage).problem();
    }
    return "";
  }

  /// Ends with the shard open: further rows may follow.
  results::PartWriter::Shard write(const task::TrialTask& trial, results::PartWriter& part) const {
    const auto shard = part.begin_shard({.trial_key = trial.trial_key,
                                         .work = task_.work,
                                         .shard = task_.shard,
                                         .shards = task_.shards,
                                         .first_request = task_.first_request,
                                         .requests = task_.requests});
    for (const task::MeasuredStage& stage : trial.stages) {
      measure_of(stage).write(part, shard, stage.name);
      part.stage_count(shard, loss_of(trial, stage));
    }
    const auto hits = [&](const task::MeasuredStage& stage) {
      return measure_of(stage).kept_each();
    };
    stage_values_.at(trial.trial_key)
        .write(part, shard, hits, measure_of(trial.stages.back()).relevant_each());
    if (!keeps_lists()) return shard;
    const SlateColumns& slates = slates_.at(trial.stages.back().node);
    part.slates(shard,
                {task_.first_request, slates.size, slates.items, slates.scores, slates.propensity});
    return shard;
  }

 private:
  bool keeps_lists() const { return task_.work != task::kTuneWork; }

  void add_measure(const task::MeasuredStage& stage) {
    const MetricSplit& split = stage.served ? served_split_ : pool_split_;
    const metrics::MetricPass& pass = stage.served ? *served_pass_ : *pool_pass_;
    measures_.try_emplace({stage.node, stage.served}, split, pass, own_, data_.items());
    if (stage.served) slates_[stage.node].size = static_cast<int>(task_.serve_size);
  }

  const Measure& measure_of(const task::MeasuredStage& stage) const {
    return measures_.at({stage.node, stage.served});
  }

  // What entered a stage is what the one before it kept; sources and the merged recall start from
  // everything relevant.
  results::StageCount loss_of(const task::TrialTask& trial,
                              const task::MeasuredStage& stage) const {
    const Measure& here = measure_of(stage);
    const task::MeasuredStage* before = stage_before(stage, trial.stages);
    const int64_t entered = before ? measure_of(*before).kept() : here.relevant();
    return {stage.name, 0, entered, here.kept()};
  }

  const task::EvaluateTask& task_;
  const pipeline::DataView& data_;
  MetricSplit served_split_, pool_split_;
  RequestFacts served_facts_, pool_facts_;
  MetricKit kit_;
  PluginMetrics own_;
  std::unique_ptr<metrics::MetricPass> served_pass_, pool_pass_;
  std::map<std::pair<int64_t, bool>, Measure>
      measures_;                                     // by node and whether it is the served slate
  std::map<int64_t, SlateColumns> slates_;           // by node
  std::map<std::string, StageValues> stage_values_;  // by trial
};

std::vector<task::TaskFailure> evaluated(const task::Task& task, pipeline::StrategyStore& store) {
  const task::EvaluateTask& evaluate = *task.evaluate;
  pipeline::ServingGraph::Options options;
  options.batch_size = task.numeric.batch_size;
  pipeline::ServingGraph graph(evaluate.nodes, store, options);
  const pipeline::DataView& data = store.data();
  ShardMeasures measures(evaluate, data, store.guards());
  // What is added to a trial that is done leaves its lists as they are.
  const bool whole = evaluate.work == "evaluate";
  const int64_t all = whole ? data.prepared().requests(evaluate.window).size() : 0;
  StageSample sample(evaluate, data, all);
  UnknownCounts unknown(evaluate.nodes);
  const auto started = std::chrono::steady_clock::now();
  graph.run_window(evaluate.window, evaluate.first_request, evaluate.requests,
                   [&](const pipeline::ServedBatch& batch) {
                     const Ragged truth =
                         data.truth(evaluate.window, batch.first_request, batch.requests);
                     measures.add(batch, truth);
                     sample.add(batch, truth);
                     if (whole) unknown.add(batch);
                   });
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();

  results::PartWriter part(task.part_path, {task.id, "evaluate"});
  part.host(host_facts(task.numeric));
  std::vector<task::TaskFailure> failures = failures_of(graph, evaluate.trials);
  for (const task::TrialTask& trial : evaluate.trials) {
    if (has_failed(graph, trial)) continue;
    if (const std::string problem = measures.problem(trial); !problem.empty()) {
      failures.push_back(metric_failure(problem, trial));
      continue;
    }
    const results::PartWriter::Shard shard = measures.write(trial, part);
    sample.write(trial, graph, part, shard);
    unknown.write(trial, part, shard);
    part.end_shard(shard, seconds / static_cast<double>(evaluate.trials.size()));
  }
  part.finish();
  return failures;
}

}  // namespace

std::vector<task::TaskFailure> run_evaluate(const task::Task& task,
                                            pipeline::StrategyStore& store) {
  try {
    return evaluated(task, store);
  } catch (const pipeline::StageFailure& failure) {
    // A plugin's metric: it measures every trial.
    results::PartWriter part(task.part_path, {task.id, "evaluate"});
    part.finish();
    return {failure_of_all(failure, task.evaluate->trials)};
  }
}

}  // namespace assay::worker
