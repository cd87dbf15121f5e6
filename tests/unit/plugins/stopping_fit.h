#pragma once

/// A FitContext that validates as written, keeps checkpoints and stops.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tiny_data.h"

namespace assay::test {

/// Keeps checkpoints, and stops after some of them.
class StoppingFit : public TinyFit {
 public:
  explicit StoppingFit(const Features* features = &no_features(), int64_t stop_after = 1000000)
      : TinyFit(features), stop_after_(stop_after) {}
  std::optional<Archive> last;
  std::vector<double> validations;
  std::string chosen_epochs;
  std::map<std::string, std::map<int64_t, double>> curves;

  void checkpoint(const Archive& archive) override {
    Archive copy;
    for (const auto& [name, tensor] : archive.tensors()) copy.put(name, tensor.clone());
    last = copy;
    ++made_;
  }
  const Archive* resume_from() const override { return from ? &*from : nullptr; }
  bool stop_requested() const override { return made_ >= stop_after_; }
  double validate() override {
    if (validations.empty()) return kNaN;
    const double value = validations.front();
    if (validations.size() > 1) validations.erase(validations.begin());
    return value;
  }
  std::string chosen(const std::string& key) const override {
    return key == "epochs" ? chosen_epochs : "";
  }
  void note_step(const std::string& name, int64_t step, double value) override {
    curves[name][step] = value;
  }
  std::optional<Archive> from;

 private:
  int64_t made_ = 0, stop_after_;
};

}  // namespace assay::test
