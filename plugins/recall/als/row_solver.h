#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "float_cholesky.h"
#include "gram.h"
#include "normal_equations.h"

namespace assay::als {

/// Solves what NormalEquations does without keeping it, many times as fast: in float32, and in
/// float64 where that is too coarse. The bits of a solution depend on its row alone.
class RowSolver {
 public:
  /// As NormalEquations.
  RowSolver(const Gram& products, const Objective& objective);
  /// Writes the solution of a row that saw `columns` with `confidence` to `x`, which is as wide as
  /// `y`. Throws as NormalEquations::set.
  void solve(std::span<const int64_t> columns, std::span<const float> confidence, float* x);

 private:
  const Gram& products_;
  Objective objective_;
  FloatCholesky fast_;
  std::optional<NormalEquations> exact_;
};

}  // namespace assay::als
