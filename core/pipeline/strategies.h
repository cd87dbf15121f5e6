#pragma once

#include <assay/strategy.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

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

  /// A stage for the tensors of the data's device; one of the trait cpu_only works on the CPU all
  /// the same (pipeline/on_cpu.h). Throws StageFailure where the plugin fails, UserError where the
  /// artifact cannot be read.
  LoadedStage load(const task::FittedStage& stage, int64_t node) {
    return load(stage, node, data_.device());
  }
  /// @param caller  where the tensors lie that it is called with
  LoadedStage load(const task::FittedStage& stage, int64_t node, const at::Device& caller);
  /// Keeps a strategy that was fitted in memory, so that load() finds it by its artifact's key.
  void keep(const std::string& artifact_key, LoadedStage stage) {
    keep(artifact_key, data_.device(), std::move(stage));
  }
  /// What the stage calls, on the device where it works.
  std::shared_ptr<const Inputs> inputs_of(const task::FittedStage& stage, int64_t node);
  /// An instance without state, for the tensors of the data's device.
  std::unique_ptr<Strategy> make(const task::StageSpec& stage, int64_t node) {
    return make(stage, node, data_.device());
  }

  /// A declared part, mapped from its file unless it was kept. Throws UserError where it cannot be
  /// read.
  std::shared_ptr<const Archive> part(const task::FittedPart& part);
  void keep_part(const std::string& artifact_key, Archive part);

  /// Where a stage works that is called with tensors on `caller`.
  static at::Device device_of(const task::StageSpec& stage, const at::Device& caller);
  at::Device device_of(const task::StageSpec& stage) const {
    return device_of(stage, data_.device());
  }

  /// A store on the same data that has loaded nothing yet: its instances are its own, so that
  /// another thread may call them.
  StrategyStore fresh(Guards guards) const { return {data_, maker_, std::move(guards)}; }

  const DataView& data() const { return data_; }
  const Guards& guards() const { return guards_; }

 private:
  std::unique_ptr<Strategy> make(const task::StageSpec& stage, int64_t node,
                                 const at::Device& caller);
  std::shared_ptr<const Inputs> inputs_on(const task::FittedStage& stage, int64_t node,
                                          const at::Device& device);
  void keep(const std::string& artifact_key, const at::Device& caller, LoadedStage stage) {
    loaded_[{artifact_key, caller.str()}] = std::move(stage);
  }

  const DataView& data_;
  StrategyMaker maker_;
  Guards guards_;
  std::map<std::pair<std::string, std::string>, LoadedStage> loaded_;  // by key and caller
  std::map<std::string, std::shared_ptr<const Archive>> parts_;
};

}  // namespace assay::pipeline
