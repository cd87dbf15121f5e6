#pragma once
// Part of assay::extra, which promises no stable API or ABI: see assay/extra/README.md.

/// Dense layers over the vectors of all fields: what deep rankers have in common.

#include <assay/extra/fields/field_network.h>

#include <cstdint>
#include <utility>
#include <vector>

namespace assay::extra {

/// A network with dense layers over the vectors of all fields side by side, to which a ranker adds
/// what it has of its own.
class DeepNetwork : public FieldNetwork {
 public:
  DeepNetwork(std::vector<int64_t> hidden, double dropout)
      : hidden_(std::move(hidden)), dropout_(dropout) {}

  double dropout() const override { return dropout_; }

  Parameters draw(const FieldShape& shape, at::Generator generator) const override {
    const int64_t width = shape.fields * shape.factors;
    return together(hidden_layers("hidden.", width, hidden_, generator),
                    projection("out.", width_behind(hidden_, width), generator));
  }

 protected:
  /// The log-odds of the layers alone, [B].
  at::Tensor deep_logits(const FieldInputs& inputs, const NetworkWeights& weights,
                         Dropout& dropout) const {
    return projected(
        through_hidden(inputs.vectors.flatten(1), weights, 0, std::ssize(hidden_), dropout),
        weights.back());
  }

 private:
  std::vector<int64_t> hidden_;
  double dropout_;
};

}  // namespace assay::extra
