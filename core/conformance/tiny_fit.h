#pragma once

#include <assay/context.h>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "conformance/tiny_world.h"

namespace assay::conformance {

/// What a strategy asked of its FitContext.
struct FitRecord {
  int64_t generators = 0;               ///< calls of generator()
  int64_t validations = 0;              ///< calls of validate()
  int64_t candidates = 0;               ///< calls of LabelledCandidates::next()
  std::set<std::string> asked_choices;  ///< keys that chosen() was asked for
  std::map<std::string, std::string> notes;
  std::map<std::string, std::map<int64_t, double>> curves;
  std::optional<Archive> checkpoint;  ///< the last one
};

/// How a fit differs from the ordinary one.
struct FitSettings {
  uint64_t seed = 1;
  bool stop = false;   ///< stop_requested() from the first call on
  bool trial = false;  ///< trial(): do little
  bool refit = false;  ///< a final refit: validate() is NaN, chosen() answers
  const Archive* resume = nullptr;
  std::map<std::string, std::string> chosen;
};

/// A FitContext that writes down what it is asked.
class TinyFit : public FitContext {
 public:
  /// @param validate  what validate() does, given how often it was called before
  TinyFit(const TinyWorld& world, const Inputs& inputs, const FitSettings& settings,
          std::function<double(int64_t)> validate);

  const at::Device& device() const override { return device_; }
  const Features& features() const override { return world_.features; }
  const Inputs& inputs() const override { return inputs_; }
  at::Generator generator() override;
  void progress(int64_t, int64_t) override {}
  void note(const std::string& key, const std::string& value) override {
    record_.notes[key] = value;
  }
  bool stop_requested() const override { return settings_.stop; }
  void checkpoint(const Archive& archive) override { record_.checkpoint = archive; }
  const Archive* resume_from() const override { return settings_.resume; }
  ServeContext serving() const override;
  double validate() override;
  std::string chosen(const std::string& key) const override;
  bool trial() const override { return settings_.trial; }
  void note_step(const std::string& name, int64_t step, double value) override {
    record_.curves[name][step] = value;
  }

  FitRecord& record() { return record_; }

 private:
  const TinyWorld& world_;
  const Inputs& inputs_;
  FitSettings settings_;
  std::function<double(int64_t)> validate_;
  at::Device device_ = at::Device(at::kCPU);
  at::Generator generator_;
  mutable FitRecord record_;
};

}  // namespace assay::conformance
