#include "pipeline/strategies.h"

#include "pipeline/archive_file.h"

namespace assay::pipeline {

std::unique_ptr<Strategy> StrategyStore::make(const task::StageSpec& stage, int64_t node) {
  std::unique_ptr<Strategy> made;
  const std::string place = stage.place();
  call_stage(guards_, {"load", place, stage.plugin, node}, guards_.limits.batch_s,
             [&] { made = maker_(stage); });
  return made;
}

std::shared_ptr<const Inputs> StrategyStore::inputs_of(const task::FittedStage& stage,
                                                       int64_t node) {
  auto inputs = std::make_shared<Inputs>();
  for (const task::FittedInput& input : stage.inputs)
    inputs->add(input.name, load(input.stage, node).strategy);
  return inputs;
}

LoadedStage StrategyStore::load(const task::FittedStage& stage, int64_t node) {
  const auto found = loaded_.find(stage.artifact.key);
  if (found != loaded_.end()) return found->second;
  LoadedStage loaded;
  loaded.inputs = inputs_of(stage, node);
  std::shared_ptr<Strategy> strategy = make(stage.stage, node);
  const Archive archive = read_archive(stage.artifact.path);
  const std::string place = stage.stage.place();
  call_stage(guards_, {"load", place, stage.stage.plugin, node}, guards_.limits.batch_s, [&] {
    strategy->load(archive, {data_.device(), &data_.features(), loaded.inputs.get()});
  });
  loaded.strategy = std::move(strategy);
  keep(stage.artifact.key, loaded);
  return loaded;
}

}  // namespace assay::pipeline
