#pragma once

#include <ATen/core/Generator.h>
#include <assay/context.h>

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "pipeline/strategies.h"
#include "pipeline/validation.h"
#include "task/fit_record.h"
#include "task/task.h"

namespace assay::pipeline {

/// What a strategy is offered while it is fitted by a run, and what it tells.
class HostFitContext : public FitContext {
 public:
  /// All of them outlive this. Goes on from the checkpoint that the task names, where there is one:
  /// with the curves, notes and seconds until then. Throws StageFailure where a final refit cannot
  /// be told what was chosen.
  HostFitContext(const task::FitTask& task, StrategyStore& store, const Inputs& inputs,
                 const Strategy& strategy, const ValidationMetrics& metrics,
                 const std::function<bool()>& stop);

  const at::Device& device() const override { return device_; }
  const Features& features() const override { return features_; }
  const Inputs& inputs() const override { return inputs_; }
  at::Generator generator() override;
  void progress(int64_t done, int64_t total) override;
  void note(const std::string& key, const std::string& value) override {
    notes_.push_back({key, value});
  }
  bool stop_requested() const override { return (stop_ && stop_()) || has_validated_enough(); }
  void checkpoint(const Archive& archive) override;
  const Archive* resume_from() const override { return resumed_ ? &*resumed_ : nullptr; }
  ServeContext serving() const override;
  double validate() override;
  std::string chosen(const std::string& key) const override;
  bool trial() const override { return task_.trial; }
  void note_step(const std::string& name, int64_t step, double value) override {
    curves_[name][step] = value;
  }

  /// What an update would leave as a checkpoint must not be taken for one of the fit.
  void end_of_fit();
  /// The fitted stage on the validation window; empty where nothing can be chosen.
  std::vector<task::FitValue> measured();
  /// Seconds until the checkpoint that it went on from.
  double earlier_seconds() const { return earlier_seconds_; }
  std::vector<task::FitNote> take_notes() { return std::move(notes_); }
  std::vector<task::FitCurve> curves() const;

 private:
  bool can_choose() const { return !task_.refit && !task_.trial; }
  bool has_validated_enough() const;
  void resume();

  const task::FitTask& task_;
  StrategyStore& store_;
  const Inputs& inputs_;
  const Strategy& strategy_;
  const std::function<bool()>& stop_;
  Validation validation_;
  std::map<std::string, std::string> chosen_;
  at::Device device_;
  const Features& features_;
  at::Generator generator_;
  std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  double earlier_seconds_ = 0;
  bool fitted_ = false;
  std::optional<Archive> resumed_;
  std::vector<task::FitNote> notes_;
  std::map<std::string, std::map<int64_t, double>> curves_;  // by name, by step
};

}  // namespace assay::pipeline
