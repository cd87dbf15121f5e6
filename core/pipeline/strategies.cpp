#include "pipeline/strategies.h"

#include "pipeline/archive_file.h"
#include "pipeline/stage_failure.h"

namespace assay {

void call_stage(const Guards& guards, const char* phase, const std::string& place, const std::string& plugin,
                int64_t node, int64_t batch, const std::function<void()>& call) {
  const double limit = std::string_view(phase) == "fit" ? guards.limits.fit_s : guards.limits.batch_s;
  std::optional<BreadcrumbFile::Call> mark;
  if (guards.breadcrumb) mark.emplace(*guards.breadcrumb, phase, place, plugin, node, batch, limit);
  try {
    guard(call);
  } catch (StageFailure& failure) {
    failure.phase = phase;
    failure.place = place;
    failure.plugin = plugin;
    failure.batch = batch;
    throw;
  }
}

std::unique_ptr<Strategy> StrategyStore::make(const StageSpec& stage, int64_t node) {
  std::unique_ptr<Strategy> made;
  call_stage(guards_, "load", stage.place(), stage.plugin, node, -1, [&] { made = maker_(stage); });
  return made;
}

std::shared_ptr<const Inputs> StrategyStore::inputs_of(const FittedStage& stage, int64_t node) {
  auto inputs = std::make_shared<Inputs>();
  for (const FittedInput& input : stage.inputs) inputs->add(input.name, load(input.stage, node).strategy);
  return inputs;
}

LoadedStage StrategyStore::load(const FittedStage& stage, int64_t node) {
  const auto found = loaded_.find(stage.artifact.key);
  if (found != loaded_.end()) return found->second;
  LoadedStage loaded;
  loaded.inputs = inputs_of(stage, node);
  std::shared_ptr<Strategy> strategy = make(stage.stage, node);
  const Archive archive = read_archive(stage.artifact.path);
  call_stage(guards_, "load", stage.stage.place(), stage.stage.plugin, node, -1, [&] {
    strategy->load(archive, {data_.device(), &data_.features(), loaded.inputs.get()});
  });
  loaded.strategy = std::move(strategy);
  keep(stage.artifact.key, loaded);
  return loaded;
}

}  // namespace assay
