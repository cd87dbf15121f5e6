#pragma once
// Part of assay::extra, which promises no stable API or ABI: see assay/extra/README.md.

/// The parameters of a network over fields, as its layers see them.

#include <ATen/core/Tensor.h>
#include <assay/extra/fits/epoch_loop.h>

#include <cstdint>
#include <vector>

namespace assay::extra {

/// The parameters that FieldNetwork::draw() gave, in that order, while they learn or as they serve. A
/// network multiplies by its matrices through linear() and product() alone, so that it need not know
/// how they are kept.
class NetworkWeights {
 public:
  NetworkWeights() = default;
  /// As they are.
  explicit NetworkWeights(NamedTensors parameters) : parameters_(std::move(parameters)) {}

  int64_t size() const { return std::ssize(parameters_); }
  /// float32: a parameter that is no matrix (a bias, a vector of one row).
  const at::Tensor& operator[](int64_t number) const {
    return parameters_[static_cast<size_t>(number)].second;
  }
  /// The last one.
  const at::Tensor& back() const { return parameters_.back().second; }

  /// float32 [B, out]: rows * matrix^T + the bias, which is the parameter behind the matrix.
  /// @param rows    float32 [B, in]
  /// @param matrix  number of a parameter [out, in]
  at::Tensor linear(const at::Tensor& rows, int64_t matrix) const;
  /// The same without a bias.
  at::Tensor product(const at::Tensor& rows, int64_t matrix) const;

  const NamedTensors& parameters() const { return parameters_; }

 private:
  NamedTensors parameters_;
};

}  // namespace assay::extra
