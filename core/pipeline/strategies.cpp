#include "pipeline/strategies.h"

#include "pipeline/archive_file.h"
#include "pipeline/on_cpu.h"

namespace assay::pipeline {

at::Device StrategyStore::device_of(const task::StageSpec& stage, const at::Device& caller) {
  return stage.traits.cpu_only ? at::Device(at::kCPU) : caller;
}

std::unique_ptr<Strategy> StrategyStore::make(const task::StageSpec& stage, int64_t node,
                                              const at::Device& caller) {
  std::unique_ptr<Strategy> made;
  const std::string place = stage.place();
  call_stage(guards_, {"load", place, stage.plugin, node}, guards_.limits.batch_s,
             [&] { made = maker_(stage); });
  const at::Device device = device_of(stage, caller);
  if (device == caller) return made;
  return on_cpu(std::move(made), stage.kind, {device, caller, &data_.features(stage.sees, device)});
}

std::shared_ptr<const Inputs> StrategyStore::inputs_of(const task::FittedStage& stage,
                                                       int64_t node) {
  return inputs_on(stage, node, device_of(stage.stage));
}

std::shared_ptr<const Inputs> StrategyStore::inputs_on(const task::FittedStage& stage, int64_t node,
                                                       const at::Device& device) {
  auto inputs = std::make_shared<Inputs>();
  for (const task::FittedInput& input : stage.inputs)
    inputs->add(input.name, load(input.stage, node, device).strategy);
  return inputs;
}

LoadedStage StrategyStore::load(const task::FittedStage& stage, int64_t node,
                                const at::Device& caller) {
  const auto found = loaded_.find({stage.artifact.key, caller.str()});
  if (found != loaded_.end()) return found->second;
  const at::Device device = device_of(stage.stage, caller);
  LoadedStage loaded;
  loaded.inputs = inputs_on(stage, node, device);
  std::shared_ptr<Strategy> strategy = make(stage.stage, node, caller);
  const Archive archive = open_archive(stage.artifact.path);
  const std::string place = stage.stage.place();
  call_stage(guards_, {"load", place, stage.stage.plugin, node}, guards_.limits.batch_s, [&] {
    strategy->load(archive,
                   {device, &data_.features(stage.stage.sees, device), loaded.inputs.get()});
  });
  loaded.strategy = std::move(strategy);
  keep(stage.artifact.key, caller, loaded);
  return loaded;
}

std::shared_ptr<const Archive> StrategyStore::part(const task::FittedPart& part) {
  const auto found = parts_.find(part.artifact.key);
  if (found != parts_.end()) return found->second;
  keep_part(part.artifact.key, map_archive(part.artifact.path));
  return parts_.at(part.artifact.key);
}

void StrategyStore::keep_part(const std::string& artifact_key, Archive part) {
  parts_[artifact_key] = std::make_shared<const Archive>(std::move(part));
}

}  // namespace assay::pipeline
