#include <ATen/ops/mean.h>

#include <filesystem>

#include "error/error.h"
#include "pipeline/archive_file.h"
#include "pipeline/fitting.h"
#include "results/part_writer.h"
#include "worker/host_facts.h"
#include "worker/session.h"
#include "worker/validation_metric.h"

namespace assay::worker {
namespace {

std::map<std::string, std::string> artifact_notes(const task::FittedStage& stage) {
  return {{"kind", "artifact"},
          {"key", stage.artifact.key},
          {"plugin", stage.stage.plugin},
          {"version", stage.stage.version},
          {"params", stage.stage.params.dump()}};
}

void save(const pipeline::FitResult& fitted, const task::FitTask& task,
          const pipeline::StrategyStore& store) {
  Archive archive;
  const task::StageSpec& stage = task.target.stage;
  const std::string place = stage.place();
  call_stage(store.guards(), {"save", place, stage.plugin}, store.guards().limits.batch_s,
             [&] { fitted.strategy->save(archive); });
  pipeline::write_archive(archive, task.target.artifact.path, artifact_notes(task.target));
}

void write_part(const task::Task& task, const pipeline::FitResult& fitted) {
  const task::FittedStage& target = task.fit->target;
  results::PartWriter part(task.part_path, {task.id, "fit"});
  part.host(host_facts(task.numeric));
  results::ArtifactRow row;
  row.artifact_key = target.artifact.key;
  row.plugin = target.stage.plugin;
  row.stage = target.stage.place();
  if (!task.fit->part.empty()) row.stage += "." + task.fit->part;
  row.seconds = fitted.seconds;
  row.bytes = static_cast<int64_t>(std::filesystem::file_size(target.artifact.path));
  row.peak_bytes = peak_memory_bytes();
  part.artifact(row);
  for (const auto& [key, value] : fitted.notes) part.note({target.artifact.key, key, value});
  part.finish();
}

}  // namespace

/// A part has no strategy to keep: what was made is the artifact.
pipeline::FitResult made_part(const task::FitTask& task, pipeline::StrategyStore& store) {
  pipeline::PartResult part = pipeline::make_part(task, store, {}, {});
  pipeline::write_archive(part.archive, task.target.artifact.path, artifact_notes(task.target));
  return {nullptr, nullptr, part.seconds, std::move(part.notes), std::move(part.curves)};
}

pipeline::FitResult made(const task::FitTask& task, pipeline::StrategyStore& store) {
  if (!task.part.empty()) return made_part(task, store);
  pipeline::FitResult fitted =
      pipeline::fit_stage(task, store, {}, validation_metric(task, store.data()), {});
  save(fitted, task, store);
  return fitted;
}

std::vector<task::TaskFailure> run_fit(const task::Task& task, pipeline::StrategyStore& store) {
  try {
    write_part(task, made(*task.fit, store));
    std::filesystem::remove(task.fit->checkpoint_path);
    return {};
  } catch (const pipeline::StageFailure& failure) {
    return {to_task_failure(failure, -1)};
  }
}

}  // namespace assay::worker
