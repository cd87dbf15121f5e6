#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "common/float_row_system.h"

namespace assay {

/// The normal equations of one row, kept as a Cholesky factor in float64: solves for a new user and
/// says what each thing seen adds to a score.
class RowSystem {
 public:
  /// @param products  gram(y); it and `y` must live as long as this
  RowSystem(const at::Tensor& products, const at::Tensor& y, int64_t factors, double lambda);
  /// Sets the equations of a row that saw `columns` with `confidence`.
  void set(std::span<const int64_t> columns, std::span<const float> confidence);
  /// The solution, [factors].
  const std::vector<double>& solution();
  /// (YᵀY + Yᵀ(C - I)Y + lambda I)⁻¹ y_column: its dot product with c y of something seen is what
  /// that adds to the score of `column` (Hu et al. 2008, section 5).
  const std::vector<double>& response(int64_t column);

 private:
  void decompose();
  void substitute(std::vector<double>& b) const;

  const float* gram_;
  const float* y_;
  int64_t width_;
  int64_t factors_;
  double lambda_;
  std::vector<double> matrix_;  // [factors, factors], its lower triangle
  std::vector<double> right_;   // Yᵀ C p
  std::vector<double> row_;
};

/// Solves the same equations without keeping them, many times as fast: in float32, and in float64
/// where that is too coarse. The bits of a solution depend on its row alone.
class RowSolver {
 public:
  /// As RowSystem.
  RowSolver(const at::Tensor& products, const at::Tensor& y, int64_t factors, double lambda);
  /// Writes the solution of a row that saw `columns` with `confidence` to `x`, which is as wide as
  /// `y`.
  void solve(std::span<const int64_t> columns, std::span<const float> confidence, float* x);

 private:
  const at::Tensor products_;
  const at::Tensor y_;
  int64_t factors_;
  double lambda_;
  FloatRowSystem fast_;
  std::optional<RowSystem> exact_;
};

}  // namespace assay
