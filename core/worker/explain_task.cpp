#include "results/part_writer.h"
#include "task/explain_work.h"
#include "worker/host_facts.h"
#include "worker/session.h"
#include "worker/stage_sample.h"
#include "worker/unknown_counts.h"

// One request of a trial in full. It is served in the batch in which the run served it, since the
// last bits of a score may depend on its batch.

namespace assay::worker {

std::vector<task::TaskFailure> run_explain(const task::Task& task, pipeline::StrategyStore& store) {
  const task::EvaluateTask& evaluate = *task.evaluate;
  const task::ExplainWork work = task::explain_of_work(evaluate.work).value();
  pipeline::ServingGraph::Options options;
  options.batch_size = task.numeric.batch_size;
  pipeline::ServingGraph graph(evaluate.nodes, store, options);
  const pipeline::DataView& data = store.data();
  StageSample sample(evaluate, data, {work.request},
                     {.places = 0,
                      .explained = static_cast<int>(work.explained),
                      .terms = static_cast<size_t>(work.terms),
                      .served = true,
                      .item = work.item,
                      .without = work.without});
  UnknownCounts unknown(evaluate.nodes);
  graph.run_window(evaluate.window, evaluate.first_request, evaluate.requests,
                   [&](const pipeline::ServedBatch& batch) {
                     sample.add(batch,
                                data.truth(evaluate.window, batch.first_request, batch.requests));
                     unknown.add(batch);
                   });
  results::PartWriter part(task.part_path, {task.id, "explain"});
  part.host(host_facts(task.numeric));
  const task::TrialTask& trial = evaluate.trials.front();
  if (!has_failed(graph, trial)) {
    const auto shard = part.begin_shard({.trial_key = trial.trial_key,
                                         .work = "explain",
                                         .first_request = evaluate.first_request,
                                         .requests = evaluate.requests});
    sample.write(trial, graph, part, shard);
    unknown.write(trial, part, shard);
    part.end_shard(shard, 0);
  }
  part.finish();
  return failures_of(graph, evaluate.trials);
}

}  // namespace assay::worker
