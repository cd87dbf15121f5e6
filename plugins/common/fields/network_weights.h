#pragma once
// Part of assay::extra, which promises no stable API or ABI: see assay/extra/README.md.

/// The parameters of a network over fields, as its layers see them.

#include <ATen/core/Tensor.h>
#include <assay/context.h>
#include <assay/extra/fields/served_matrix.h>
#include <assay/extra/fits/epoch_loop.h>

#include <cstdint>
#include <string>
#include <vector>

namespace assay::extra {

/// How the matrices of a network are kept to serve.
struct ServedForm {
  ServedPrecision precision = ServedPrecision::fp32;
  int64_t low_rank = 0;  ///< of those that are smaller as a product of two; 0: whole ones
};

/// The parameters that FieldNetwork::draw() gave, in that order, while they learn or as they serve. A
/// network multiplies by its matrices through linear() and product() alone, so that it need not know
/// how they are kept.
class NetworkWeights {
 public:
  NetworkWeights() = default;
  /// While they learn.
  /// @param bf16  whether matrices are multiplied in bfloat16, forwards and backwards (products.h)
  static NetworkWeights learning(const NamedTensors& parameters, bool bf16);
  /// To serve: matrices in that form, of which a network then sees nothing but products. Shares
  /// the memory of parameters that stay as they are.
  static NetworkWeights served(const NamedTensors& parameters, const ServedForm& form);

  int64_t size() const { return std::ssize(parameters_); }
  /// float32: a parameter that is no matrix (a bias, a vector of one row).
  const at::Tensor& operator[](int64_t number) const {
    return parameters_[static_cast<size_t>(number)].plain;
  }
  /// The last one.
  const at::Tensor& back() const { return parameters_.back().plain; }

  /// float32 [B, out]: rows * matrix^T + the bias, which is the parameter behind the matrix.
  /// @param rows    float32 [B, in]
  /// @param matrix  number of a parameter [out, in]
  at::Tensor linear(const at::Tensor& rows, int64_t matrix) const;
  /// The same without a bias.
  at::Tensor product(const at::Tensor& rows, int64_t matrix) const;

  /// How many numbers they are, those of matrices that are 0, and the bytes that all take.
  int64_t numbers() const;
  int64_t zeros() const;
  int64_t bytes() const;

  /// Under names that begin with "layers".
  void save(Archive& archive) const;
  static NetworkWeights load(const Archive& archive);

 private:
  struct Parameter {
    std::string name;
    at::Tensor plain;                       // float32
    std::vector<ServedMatrix> served = {};  // instead of it: rows times one after the other
  };
  at::Tensor product(const at::Tensor& rows, const Parameter& matrix, const at::Tensor& bias) const;

  std::vector<Parameter> parameters_;
  bool bf16_ = false;
};

}  // namespace assay::extra
