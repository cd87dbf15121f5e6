#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <mutex>
#include <vector>

namespace assay::als {

/// YᵀY of the fixed side of implicit least squares: in float32, and in float64 once something needs
/// that. May be asked by many threads.
class Gram {
 public:
  /// @param y        float32 [rows, width], width a padded_width, on the CPU
  /// @param factors  how many of `width` are in use
  Gram(at::Tensor y, int64_t factors);

  const at::Tensor& y() const { return y_; }
  int64_t width() const { return y_.size(1); }
  int64_t factors() const { return factors_; }
  /// float32 [width, width]
  const at::Tensor& floats() const { return floats_; }
  /// [factors, factors], its lower triangle, as exact as the sums of doubles: with any lambda above
  /// 0 it is positive definite, also where there are fewer rows than factors.
  const std::vector<double>& doubles() const;

 private:
  at::Tensor y_;
  int64_t factors_;
  at::Tensor floats_;
  mutable std::once_flag once_;
  mutable std::vector<double> doubles_;
};

}  // namespace assay::als
