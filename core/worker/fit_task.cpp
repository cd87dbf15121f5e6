#include <filesystem>
#include <string>
#include <utility>

#include "error/error.h"
#include "pipeline/archive_file.h"
#include "pipeline/fitting.h"
#include "results/part_writer.h"
#include "task/fit_record.h"
#include "task/tuning.h"
#include "worker/fit_memory.h"
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

/// What a task makes: the model to be kept, and what is to be told of its fit.
struct Made {
  Archive model;
  task::FitRecord record;
};

/// @param fitted  a FitResult or a PartResult
template <typename Fitted>
task::FitRecord record_of(const task::FitTask& task, const Fitted& fitted,
                          const FitMemory& memory) {
  task::FitRecord record;
  record.fit_bytes = memory.growth();
  record.peak_bytes = worker_peak_bytes();
  record.artifact_key = task.target.artifact.key;
  record.plugin = task.target.stage.plugin;
  record.stage = task.target.stage.place();
  if (!task.part.empty()) record.stage += "." + task.part;
  record.seconds = fitted.seconds;
  record.notes = fitted.notes;
  record.curves = fitted.curves;
  return record;
}

/// Whether the host has ended the fit; it noted so then.
bool note_pruned(const task::FitTask& task, task::FitRecord& record) {
  if (task.validations == 0) return false;
  for (const task::FitCurve& curve : record.curves) {
    if (curve.name != task::kValidationCurve) continue;
    if (std::cmp_less(curve.steps.size(), task.validations)) return false;
    record.notes.push_back({task::kPrunedNote, std::to_string(curve.steps.size())});
    return true;
  }
  return false;
}

/// A part has no strategy to keep: what was made is the artifact.
Made make_part(const task::FitTask& task, pipeline::StrategyStore& store) {
  const FitMemory memory;
  pipeline::PartResult part = pipeline::make_part(task, store, {}, {});
  task::FitRecord record = record_of(task, part, memory);
  return {std::move(part.archive), std::move(record)};
}

Made make_model(const task::FitTask& task, pipeline::StrategyStore& store) {
  const pipeline::ValidationMetrics metrics = validation_metrics(task, store.data());
  store.inputs_of(task.target, -1);  // loaded, so that they are not counted as the fit's
  const FitMemory memory;
  const pipeline::FitResult fitted = pipeline::fit_stage(task, store, {}, metrics, {});
  Made made{{}, record_of(task, fitted, memory)};
  made.record.measured = fitted.measured;
  const task::StageSpec& stage = task.target.stage;
  const std::string place = stage.place();
  call_stage(store.guards(), {"save", place, stage.plugin}, store.guards().limits.batch_s,
             [&] { fitted.strategy->save(made.model); });
  return made;
}

/// The record before the model: what finds the model in the cache finds the record.
void keep(Made& made, const task::FittedStage& target) {
  task::write_fit_record(made.record, target.artifact.path);
  pipeline::write_archive(made.model, target.artifact.path, artifact_notes(target));
  made.record.bytes = static_cast<int64_t>(std::filesystem::file_size(target.artifact.path));
}

void write_part(const task::Task& task, const task::FitRecord& record) {
  results::PartWriter part(task.part_path, {task.id, "fit"});
  part.host(host_facts(task.numeric));
  part.fit(record);
  part.finish();
}

}  // namespace

std::vector<task::TaskFailure> run_fit(const task::Task& task, pipeline::StrategyStore& store) {
  try {
    const task::FitTask& fit = *task.fit;
    Made made = fit.part.empty() ? make_model(fit, store) : make_part(fit, store);
    const bool pruned = note_pruned(fit, made.record);
    keep(made, fit.target);
    write_part(task, made.record);
    // A longer fit goes on from the checkpoint of one that was ended.
    if (!pruned) std::filesystem::remove(fit.checkpoint_path);
    return {};
  } catch (const pipeline::StageFailure& failure) {
    return {to_task_failure(failure, -1)};
  }
}

}  // namespace assay::worker
