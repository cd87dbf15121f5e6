#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <mutex>
#include <vector>

namespace assay::als {

/// How many floats a row of factors takes in memory: `factors` rounded up, the rest zeros.
int64_t padded_width(int64_t factors);

/// float32 [rows, factors] as rows of padded_width(factors).
at::Tensor padded(const at::Tensor& factors);

/// YᵀY, the same bits with any number of threads.
/// @param y  float32 [rows, width], width a padded_width
/// @return float32 [width, width]
at::Tensor gram(const at::Tensor& y);

/// How many rows make one partial sum over all `rows`: by their number alone, so that no sum depends
/// on the number of threads.
int64_t rows_of_a_piece(int64_t rows);

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
