#pragma once

#include <assay/strategy.h>

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "pipeline/data_view.h"
#include "pipeline/stage_failure.h"
#include "task/breadcrumb.h"
#include "task/task.h"

namespace assay::pipeline {

/// Makes an unfitted instance of a stage's strategy. The worker gives one that loads shared
/// libraries; tests give their own. May throw StageFailure.
using StrategyMaker = std::function<std::unique_ptr<Strategy>(const task::StageSpec& stage)>;

/// What a worker does with plugins: where it stands, and how long a call may take.
struct Guards {
  task::BreadcrumbFile* breadcrumb = nullptr;  ///< null: nobody watches
  task::LimitsSpec limits;
};

/// Calls into a plugin: leaves a breadcrumb while it runs, and turns whatever leaves it into a
/// StageFailure that names the call.
template <typename Body>
void call_stage(const Guards& guards, const StageCall& call, double limit_s, Body&& body) {
  try {
    if (!guards.breadcrumb) return body();
    const task::BreadcrumbFile::Call mark(*guards.breadcrumb, call.phase, call.place, call.plugin,
                                          call.node, call.batch, limit_s);
    body();
  } catch (...) {
    throw_stage_failure(call);
  }
}

/// A fitted strategy together with what it calls; keep it as long as the strategy is used.
struct LoadedStage {
  std::shared_ptr<const Strategy> strategy;
  std::shared_ptr<const Inputs> inputs;
};

/// Loads fitted strategies from the cache; what is loaded stays loaded for later tasks on the same
/// data.
class StrategyStore {
 public:
  StrategyStore(const DataView& data, StrategyMaker maker, Guards guards)
      : data_(data), maker_(std::move(maker)), guards_(std::move(guards)) {}

  /// Throws StageFailure where the plugin fails, UserError where the artifact cannot be read.
  LoadedStage load(const task::FittedStage& stage, int64_t node);
  /// Keeps a strategy that was fitted in memory, so that load() finds it by its artifact's key.
  void keep(const std::string& artifact_key, LoadedStage stage) {
    loaded_[artifact_key] = std::move(stage);
  }
  std::shared_ptr<const Inputs> inputs_of(const task::FittedStage& stage, int64_t node);
  std::unique_ptr<Strategy> make(const task::StageSpec& stage, int64_t node);

  /// A store on the same data that has loaded nothing yet: its instances are its own, so that
  /// another thread may call them.
  StrategyStore fresh(Guards guards) const { return {data_, maker_, std::move(guards)}; }

  const DataView& data() const { return data_; }
  const Guards& guards() const { return guards_; }

 private:
  const DataView& data_;
  StrategyMaker maker_;
  Guards guards_;
  std::map<std::string, LoadedStage> loaded_;
};

}  // namespace assay::pipeline
