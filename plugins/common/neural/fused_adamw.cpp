#include <ATen/TensorOperators.h>
#include <ATen/ops/_fused_adamw.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>
#include <assay/extra/neural/fused_adamw.h>

namespace assay::extra {

FusedAdamW::FusedAdamW(NamedTensors parameters, const FusedAdamWSettings& settings)
    : parameters_(std::move(parameters)), settings_(settings) {
  for (const auto& [name, value] : parameters_) {
    values_.push_back(value);
    mean_.push_back(at::zeros_like(value));
    square_.push_back(at::zeros_like(value));
    steps_.push_back(at::zeros({}, at::TensorOptions(at::kFloat).device(value.device())));
  }
}

NamedTensors FusedAdamW::leaves() const {
  NamedTensors out = parameters_;
  for (auto& [name, value] : out) value = value.detach().requires_grad_();
  return out;
}

void FusedAdamW::step(const std::vector<at::Tensor>& gradients) {
  if (gradients.empty()) return;
  for (at::Tensor& count : steps_) count.add_(1);
  at::_fused_adamw_(values_, gradients, mean_, square_, {}, steps_, settings_.learning_rate,
                    settings_.beta1, settings_.beta2, settings_.weight_decay, settings_.epsilon,
                    false, false);
}

void FusedAdamW::keep(Archive& archive, const std::string& prefix) const {
  for (size_t n = 0; n < parameters_.size(); ++n) {
    const std::string name = prefix + parameters_[n].first;
    archive.put(name + ".mean", mean_[n]);
    archive.put(name + ".square", square_[n]);
    archive.put(name + ".steps", steps_[n]);
  }
}

void FusedAdamW::restore(const Archive& archive, const std::string& prefix) {
  for (size_t n = 0; n < parameters_.size(); ++n) {
    const std::string name = prefix + parameters_[n].first;
    mean_[n].copy_(archive.tensor(name + ".mean"));
    square_[n].copy_(archive.tensor(name + ".square"));
    steps_[n].copy_(archive.tensor(name + ".steps"));
  }
}

std::vector<at::Tensor> gradients_of(const NamedTensors& leaves) {
  std::vector<at::Tensor> out;
  for (const auto& [name, leaf] : leaves) out.push_back(leaf.grad());
  return out;
}

}  // namespace assay::extra
