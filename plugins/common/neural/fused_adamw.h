#pragma once
// Part of assay::extra, which promises no stable API or ABI: see assay/extra/README.md.

/// AdamW for dense layers, as one call of LibTorch.

#include <ATen/core/Tensor.h>
#include <assay/context.h>
#include <assay/extra/fits/epoch_loop.h>

#include <cstdint>
#include <string>
#include <vector>

namespace assay::extra {

struct FusedAdamWSettings {
  double learning_rate = 1e-3;
  double weight_decay = 0;  ///< decoupled
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
};

/// AdamW (Loshchilov & Hutter 2019, Decoupled Weight Decay Regularization) over a list of tensors.
class FusedAdamW {
 public:
  FusedAdamW() = default;
  /// @param parameters  float32; must live as long as this, and are updated in place
  FusedAdamW(NamedTensors parameters, const FusedAdamWSettings& settings);

  /// Fresh leaves over the same memory, for a graph of one step.
  NamedTensors leaves() const;
  /// A step.
  /// @param gradients  of each parameter
  void step(const std::vector<at::Tensor>& gradients);

  void keep(Archive& archive, const std::string& prefix) const;
  void restore(const Archive& archive, const std::string& prefix);

 private:
  NamedTensors parameters_;
  FusedAdamWSettings settings_;
  std::vector<at::Tensor> values_, mean_, square_, steps_;
};

/// Of each leaf.
std::vector<at::Tensor> gradients_of(const NamedTensors& leaves);

}  // namespace assay::extra
