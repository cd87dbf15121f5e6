#pragma once

#include <ATen/core/Tensor.h>
#include <assay/extra/fits/epoch_loop.h>

#include <cstdint>
#include <vector>

namespace assay::two_tower {

enum class Similarity { cosine, dot };

/// The inputs of a tower: each float32 [rows, factors].
using Parts = std::vector<at::Tensor>;

/// A tower: the sum of its inputs, or dense layers over them side by side; then, for cosine, divided
/// by its length.
struct Tower {
  int64_t layers = 0;
  int64_t first = 0;  ///< where its weights begin among those of both towers
  Similarity similarity = Similarity::cosine;

  /// What goes in: float32 [rows, factors], or [rows, parts * factors] with layers.
  at::Tensor inputs(const Parts& parts) const;
  /// float32 [rows, factors], with a graph where the inputs or weights want one.
  at::Tensor operator()(const at::Tensor& inputs, const extra::NamedTensors& weights) const;
  /// The same of all parts without a graph; a row has the same bits beside any others.
  at::Tensor served(const Parts& parts, const extra::NamedTensors& weights) const;
};

/// float32 [rows, factors].
at::Tensor sum_of(const Parts& parts);

}  // namespace assay::two_tower
