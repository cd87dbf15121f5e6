#include "task/task.h"

#include <fmt/format.h>

#include <fstream>
#include <sstream>

#include "error/error.h"
#include "task/json_members.h"

namespace assay::task {

NLOHMANN_JSON_SERIALIZE_ENUM(ServeNode::Step, {{ServeNode::Step::recall, "recall"},
                                               {ServeNode::Step::lists, "lists"},
                                               {ServeNode::Step::merge, "merge"},
                                               {ServeNode::Step::rank, "rank"},
                                               {ServeNode::Step::rerank, "rerank"}})

void to_json(nlohmann::json& out, const FittedInput& value);
void from_json(const nlohmann::json& in, FittedInput& value);

ASSAY_JSON(ArtifactRef, key, path)
ASSAY_JSON(FittedPart, name, params, artifact)
ASSAY_JSON(FittedStage, stage, artifact, fit_seed, updates, inputs, parts)
ASSAY_JSON(FittedInput, name, stage)
ASSAY_JSON(ServeNode, step, parents, fitted, merge, serve_seed, place, lists)
ASSAY_JSON(MeasuredStage, name, node, served)
ASSAY_JSON(TrialTask, trial_key, label, stages)
ASSAY_JSON(FitTask, target, part, windows, refit, validated, trial, upstream, label_windows, share,
           shares, serve_size, primary, measured, validation_requests, sample_seed, checkpoint_path,
           validations)
ASSAY_JSON(EvaluateTask, window, nodes, trials, serve_size, metrics, train_windows, work, shard,
           shards, first_request, requests)
ASSAY_JSON(SmokeTask, nodes, trials, fit_on, serve_size, share, sample_seed)
ASSAY_JSON(ScoreTask, database, trials, window, metrics, own, train_windows, work)
ASSAY_JSON(TimeTask, nodes, trial, window, scenario, timing_key, round, baseline_repeat, by_stage,
           warmup_requests, serve_size, serving, fallbacks, arrival_seed)
ASSAY_JSON(Task, id, label, data_path, part_path, numeric, limits, memory_bytes, fit, evaluate,
           smoke, score, time)

FittedStage stage_of_part(const FittedStage& user, const FittedPart& part) {
  FittedStage out;
  out.stage = user.stage;
  out.stage.params = part.params;
  std::erase_if(out.stage.file_sha256,
                [&](const auto& file) { return !part.params.contains(file.first); });
  out.stage.parts.clear();
  out.stage.traits.draws_in_fit = false;
  out.stage.traits.validates = false;
  out.stage.traits.learns_from_candidates = false;
  out.artifact = part.artifact;
  out.updates = user.updates;
  return out;
}

std::string Task::kind() const {
  if (fit) return "fit";
  if (evaluate) return "evaluate";
  if (smoke) return "smoke";
  if (score) return "score";
  error::require(time.has_value(), "a task has a body");
  return "time";
}

void write_task(const Task& task, const std::string& path) {
  std::ofstream out(path, std::ios::trunc);
  out << nlohmann::json(task).dump(1) << '\n';
  if (!out.flush()) throw error::UserError(path, "cannot be written (is the disk full?)");
}

Task read_task(const std::string& path) {
  std::ifstream in(path);
  if (!in) throw error::UserError(path, "cannot be read; expected a task file");
  try {
    return nlohmann::json::parse(in).get<Task>();
  } catch (const nlohmann::json::exception& error) {
    throw error::UserError(
        path, fmt::format("is not a task of this version of assay ({})", error.what()));
  }
}

}  // namespace assay::task
