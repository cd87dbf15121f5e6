#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <vector>

#include "lanes.h"
#include "objective.h"

namespace assay::als {

/// The normal equations of one row of implicit least squares,
///
///     (YᵀY + Yᵀ(C - I)Y + penalty I) x = Yᵀ(C - offset I) p
///
/// (objective.h) solved in float32 by a Cholesky decomposition in tiles. All matrices lie in panels of
/// kFactorStep columns, in which a tile's rows follow each other. One thread at a time.
class FloatCholesky {
 public:
  /// @param products  gram(y), float32 [width, width]
  /// @param y         float32 [columns, width], width a padded_width; must live as long as this
  FloatCholesky(const at::Tensor& products, const at::Tensor& y, const Objective& objective);

  /// Writes the solution of a row that saw `columns` with `confidence` to `x` [width].
  /// @return false where float32 is too coarse for these equations; `x` is left as it was
  bool solve(std::span<const int64_t> columns, std::span<const float> confidence, float* x);

 private:
  struct alignas(32) Aligned {
    float value[kFactorLanes] = {};
  };
  using Memory = std::vector<Aligned>;

  static Memory memory(int64_t floats) {
    return Memory(static_cast<size_t>(floats / kFactorLanes));
  }
  // Row `row` of panel `panel` of a matrix of `rows` rows.
  static float* place(Memory& matrix, int64_t rows, int64_t panel, int64_t row) {
    return matrix.front().value + (panel * rows + row) * kFactorStep;
  }
  float* entries(int64_t panel, int64_t row) { return place(matrix_, width_, panel, row); }

  void set(std::span<const int64_t> columns, std::span<const float> confidence);
  void gather(std::span<const int64_t> columns, const float* confidence);
  void add_gathered(int64_t count);
  bool decompose();
  bool decompose_diagonal(int64_t panel);
  void eliminate(int64_t block, float* rows);
  void substitute_down();
  void substitute_up();

  const float* y_;
  int64_t width_;
  int64_t panels_;
  Objective objective_;
  Memory start_;   // YᵀY
  Memory matrix_;  // the equations, then their factor U with UᵀU = them; the upper triangle
  Memory seen_;    // some rows of Y, and the same times c - 1
  Memory scaled_;
  Memory right_;                 // Yᵀ(C - offset I) p, then the solution
  std::vector<float> diagonal_;  // of the equations
  std::vector<float> inverse_;   // 1 / U_ii
};

}  // namespace assay::als
