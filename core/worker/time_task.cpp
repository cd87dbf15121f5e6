#include "results/part_writer.h"
#include "timing/load.h"
#include "worker/host_facts.h"
#include "worker/session.h"

namespace assay {
namespace {

LatencySamples samples_of(const TimeTask& time, const std::string& stage,
                          const std::vector<float>& ms) {
  LatencySamples out;
  out.timing_key = time.timing_key;
  out.trial_key = time.trial.trial_key;
  out.scenario = nlohmann::json(time.scenario).dump();
  out.stage = stage;
  out.round = time.round;
  out.role =
      time.baseline_repeat ? LatencySamples::Role::kBaselineRepeat : LatencySamples::Role::kNormal;
  out.ms = ms;
  return out;
}

LoadSettings settings_of(const TimeTask& time) {
  return {time.scenario, time.window, time.warmup_requests, time.serve_size};
}

void play(const Task& task, ServingGraph& graph, PartWriter& part) {
  const TimeTask& time = *task.time;
  LoadDriver driver(graph, time.trial.stages.back().node, settings_of(time));
  if (!time.by_stage) {
    const LoadResult result = driver.run();
    LatencySamples samples = samples_of(time, "served", result.ms);
    samples.achieved_qps = result.achieved_qps;
    part.latency(samples);
    return;
  }
  SynchronisedClock clock(graph.data().device());
  driver.run(&clock);
  for (const auto& [node, ms] : clock.take()) {
    part.latency(samples_of(time, graph.nodes()[node].place, ms));
  }
}

}  // namespace

std::vector<TaskFailure> run_time(const Task& task, StrategyStore& store) {
  ServingGraph::Options options;
  options.check_contract = false;
  ServingGraph graph(task.time->nodes, store, options);
  try {
    PartWriter part(task.part_path, {task.id, "time"});
    part.host(host_facts(task.numeric));
    play(task, graph, part);
    part.finish();
    return {};
  } catch (const StageFailure& failure) {
    TaskFailure told = to_task_failure(failure, -1);
    told.trials.push_back(task.time->trial.trial_key);
    return {told};
  }
}

}  // namespace assay
