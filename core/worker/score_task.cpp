#include <algorithm>

#include "results/reader.h"
#include "worker/host_facts.h"
#include "worker/measure.h"
#include "worker/session.h"
#include "worker/stored_lists.h"

namespace assay::worker {
namespace {

// Slates are measured on the CPU in batches, as they were when they were served. What a metric
// cannot hold fails the trial alone.
std::optional<task::TaskFailure> score_trial(const task::Task& task, const task::TrialTask& trial,
                                             const results::Reader& reader,
                                             const pipeline::DataView& data,
                                             const MetricSplit& split,
                                             const metrics::MetricPass& pass,
                                             const PluginMetrics& own, results::PartWriter& part) {
  const task::ScoreTask& score = *task.score;
  const int64_t requests = data.prepared().requests(score.window).size();
  Measure measure(split, pass, own, data.items());
  const RequestFacts facts(data, score.window, split);
  for (int64_t first = 0; first < requests; first += task.numeric.batch_size) {
    const int64_t count = std::min(task.numeric.batch_size, requests - first);
    measure.add(lists_of(reader.slates(trial.trial_key, first, count)),
                data.truth(score.window, first, count), facts.of(first, count));
  }
  if (!measure.problem().empty()) return metric_failure(measure.problem(), trial);
  const auto shard = part.begin_shard({.trial_key = trial.trial_key,
                                       .work = "score:" + score.work,
                                       .shard = 0,
                                       .shards = 1,
                                       .first_request = 0,
                                       .requests = requests});
  measure.write(part, shard, "served");
  part.end_shard(shard, 0);
  return std::nullopt;
}

}  // namespace

std::vector<task::TaskFailure> run_score(const task::Task& task, pipeline::StrategyStore& store) {
  const task::ScoreTask& score = *task.score;
  const pipeline::DataView host(store.data().prepared(), at::Device(at::kCPU));
  const MetricSplit split = split_metrics(score.metrics);
  const MetricKit kit(host, score.train_windows);
  const auto pass = kit.pass(split.per_request);
  const results::Database database = results::Database::open_readonly(score.database);
  const results::Reader reader(database);
  results::PartWriter part(task.part_path, {task.id, "score"});
  part.host(host_facts(task.numeric));
  std::vector<task::TaskFailure> failures;
  try {
    const PluginMetrics own(score.own, host, score.train_windows, store.guards());
    for (const task::TrialTask& trial : score.trials) {
      auto failure = score_trial(task, trial, reader, host, split, *pass, own, part);
      if (failure) failures.push_back(std::move(*failure));
    }
  } catch (const pipeline::StageFailure& failure) {
    failures.push_back(failure_of_all(failure, score.trials));
  }
  part.finish();
  return failures;
}

}  // namespace assay::worker
