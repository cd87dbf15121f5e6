#include <memory>

#include "results/part_writer.h"
#include "timing/disturbance.h"
#include "timing/load.h"
#include "timing/resources.h"
#include "timing/server_driver.h"
#include "worker/host_facts.h"
#include "worker/session.h"

namespace assay::worker {
namespace {

results::LatencySamples samples_of(const task::TimeTask& time, const std::string& stage,
                                   const std::vector<float>& ms) {
  results::LatencySamples out;
  out.timing_key = time.timing_key;
  out.trial_key = time.trial.trial_key;
  out.scenario = nlohmann::json(time.scenario).dump();
  out.stage = stage;
  out.round = time.round;
  out.role = time.baseline_repeat ? results::LatencySamples::Role::baseline_repeat
                                  : results::LatencySamples::Role::normal;
  out.ms = ms;
  if (time.scenario.kind == task::ScenarioKind::server)
    out.serving = nlohmann::json(time.serving).dump();
  return out;
}

timing::LoadSettings settings_of(const task::TimeTask& time) {
  return {time.scenario, time.window, time.warmup_requests, time.serve_size};
}

/// Graphs that may be called by a thread each. A single one is watched call by call; of several,
/// and of what takes over from them, no one call can stand in the breadcrumb.
class Instances {
 public:
  Instances(const task::Task& task, pipeline::StrategyStore& store) : store_(store) {
    const task::TimeTask& time = *task.time;
    const bool under_load = time.scenario.kind == task::ScenarioKind::server;
    const int64_t count = under_load ? time.serving.instances : 1;
    for (int64_t i = 0; i < count; ++i) {
      timing::ServerInstance& instance = all_.emplace_back();
      instance.graph = make(time.nodes, count > 1 ? fresh() : store);
      if (!under_load) continue;
      for (const auto& [name, node] : time.fallbacks)
        instance.fallbacks[name] = make({node}, fresh());
    }
  }

  const std::vector<timing::ServerInstance>& all() const { return all_; }
  pipeline::ServingGraph& first() const { return *all_.front().graph; }

 private:
  pipeline::StrategyStore& fresh() {
    stores_.push_back(
        std::make_unique<pipeline::StrategyStore>(store_.fresh({nullptr, store_.guards().limits})));
    return *stores_.back();
  }
  pipeline::ServingGraph* make(const std::vector<task::ServeNode>& nodes,
                               pipeline::StrategyStore& store) {
    pipeline::ServingGraph::Options options;
    options.check_contract = false;
    graphs_.push_back(std::make_unique<pipeline::ServingGraph>(nodes, store, options));
    return graphs_.back().get();
  }

  pipeline::StrategyStore& store_;
  std::vector<std::unique_ptr<pipeline::StrategyStore>> stores_;
  std::vector<std::unique_ptr<pipeline::ServingGraph>> graphs_;
  std::vector<timing::ServerInstance> all_;
};

/// Of several instances all that can be watched is that some batch ends now and then.
class BatchWatch {
 public:
  BatchWatch(const task::Task& task, task::BreadcrumbFile* file, size_t instances) : task_(task) {
    if (instances > 1) file_ = file;
    renew();
  }
  void renew() {
    if (!file_) return;
    mark_.reset();
    const double gap_s = 100 / task_.time->scenario.rate_qps;
    mark_ = std::make_unique<task::BreadcrumbFile::Call>(
        *file_, "serve", place_, task_.time->trial.label, -1, -1, task_.limits.batch_s + gap_s);
  }

 private:
  const task::Task& task_;
  task::BreadcrumbFile* file_ = nullptr;
  std::string place_ = "served";
  std::unique_ptr<task::BreadcrumbFile::Call> mark_;
};

/// Of the readings that a meter gave at its stop.
results::Disturbance disturbance_of(const std::vector<timing::ResourceReading>& readings) {
  results::Disturbance found;
  for (const timing::ResourceReading& reading : readings) {
    if (reading.name == "others_cpu_share") found.others_cpu_share = reading.value;
    if (reading.name == "cpu_wait_share") found.cpu_wait_share = reading.value;
    if (reading.name == "steal_share") found.steal_share = reading.value;
    if (reading.name == "involuntary_switches_per_s")
      found.involuntary_switches_per_s = reading.value;
  }
  return found;
}

std::vector<results::LoadCount> counts_of(const timing::ServerCounts& counts) {
  using enum task::LoadCountKind;
  return {{arrived, counts.answered + counts.shed},
          {answered, counts.answered},
          {batches, counts.batches},
          {repeats, counts.repeats},
          {cache_hit, counts.cache_hits},
          {shed, counts.shed},
          {deadline, counts.deadline},
          {breaker, counts.breaker}};
}

using Readings = std::vector<timing::ResourceReading>;

/// What disturbed the round.
Readings play_server(const task::Task& task, const Instances& instances,
                     task::BreadcrumbFile* breadcrumb, results::PartWriter& part) {
  const task::TimeTask& time = *task.time;
  BatchWatch watch(task, breadcrumb, instances.all().size());
  timing::ServerDriver driver(instances.all(), time.trial.stages.back().node,
                              {settings_of(time), time.serving, time.arrival_seed,
                               task.numeric.threads, [&] { watch.renew(); }});
  const timing::DisturbanceMeter meter;
  const timing::ServerResult result = driver.run();
  Readings disturbance = meter.stop();
  results::LatencySamples samples = samples_of(time, "served", result.ms);
  samples.disturbance = disturbance_of(disturbance);
  samples.offered_qps = result.offered_qps;
  samples.achieved_qps = result.achieved_qps;
  samples.degraded = result.counts.degraded();
  samples.counts = counts_of(result.counts);
  part.latency(samples);
  return disturbance;
}

/// What disturbed the round.
Readings play_alone(const task::TimeTask& time, pipeline::ServingGraph& graph,
                    results::PartWriter& part) {
  timing::LoadDriver driver(graph, time.trial.stages.back().node, settings_of(time));
  const timing::DisturbanceMeter meter;
  const timing::LoadResult result = driver.run();
  Readings disturbance = meter.stop();
  results::LatencySamples samples = samples_of(time, "served", result.ms);
  samples.disturbance = disturbance_of(disturbance);
  samples.achieved_qps = result.achieved_qps;
  part.latency(samples);
  return disturbance;
}

void play_stages(const task::TimeTask& time, pipeline::ServingGraph& graph,
                 results::PartWriter& part) {
  timing::LoadDriver driver(graph, time.trial.stages.back().node, settings_of(time));
  timing::SynchronisedClock clock(graph.data().device());
  driver.run(&clock);
  for (const auto& [node, ms] : clock.take()) {
    part.latency(samples_of(time, graph.nodes()[node].place, ms));
  }
}

void write_resources(const task::TimeTask& time, Readings readings, results::PartWriter& part) {
  for (timing::ResourceReading& reading : readings) {
    part.resource({time.trial.trial_key, std::string(name_of(time.scenario.kind)), reading.seconds,
                   std::move(reading.name), reading.value, std::move(reading.reason)});
  }
}

void play(const task::Task& task, pipeline::StrategyStore& store, results::PartWriter& part) {
  const task::TimeTask& time = *task.time;
  const Instances instances(task, store);
  if (time.by_stage) return play_stages(time, instances.first(), part);
  timing::ResourceSampler sampler(task.numeric.device);
  Readings disturbance = time.scenario.kind == task::ScenarioKind::server
                             ? play_server(task, instances, store.guards().breadcrumb, part)
                             : play_alone(time, instances.first(), part);
  write_resources(time, sampler.stop(), part);
  write_resources(time, std::move(disturbance), part);
}

}  // namespace

std::vector<task::TaskFailure> run_time(const task::Task& task, pipeline::StrategyStore& store) {
  try {
    results::PartWriter part(task.part_path, {task.id, "time"});
    part.host(host_facts(task.numeric));
    play(task, store, part);
    part.finish();
    return {};
  } catch (const pipeline::StageFailure& failure) {
    task::TaskFailure told = to_task_failure(failure, -1);
    told.trials.push_back(task.time->trial.trial_key);
    return {told};
  }
}

}  // namespace assay::worker
