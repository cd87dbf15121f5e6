#pragma once

#include <ATen/core/Tensor.h>
#include <assay/batch.h>

#include <cstdint>
#include <span>
#include <vector>

namespace assay {

/// The weighted least squares of a matrix of preferences that is 1 where something was seen and 0
/// elsewhere (Hu, Koren & Volinsky 2008):
///
///     sum over all u, i of c_ui (p_ui - x_u . y_i)^2 + lambda (sum |x_u|^2 + sum |y_i|^2)
///
/// with confidence c_ui = 1 where p_ui is 0. With one side held fixed each row of the other has a
/// closed form:
///
///     (YᵀY + Yᵀ(C_u - I)Y + lambda I) x_u = Yᵀ C_u p_u
///
/// Everything here runs on the CPU, on as many threads as ATen uses, and gives the same bits with
/// any number of them: rows are solved one by one, and sums over rows are cut into pieces by the
/// number of rows alone.

/// Who saw what: one side's rows of the sparse matrix.
struct SeenRows {
  Ragged columns;                 ///< int64, on the CPU
  std::vector<float> confidence;  ///< c of each value of `columns`, above 0
};

/// The other side's rows of the same matrix, their columns ascending.
/// @param columns  how many columns the matrix has, which are the rows of the result
SeenRows transposed(const SeenRows& seen, int64_t columns);

/// How many floats a row of factors takes in memory: `factors` rounded up, the rest zeros.
int64_t padded_width(int64_t factors);

/// YᵀY.
/// @param y  float32 [rows, width], width a padded_width
/// @return float32 [width, width]
at::Tensor gram(const at::Tensor& y);

/// Sets every row of `x` to the exact solution, by Cholesky decomposition in float64.
/// @param x       float32 [rows of seen, width], overwritten; a row without a value becomes 0
/// @param y       float32 [columns, width], the fixed side
/// @param factors how many of `width` are in use
void solve_exactly(const SeenRows& seen, const at::Tensor& y, int64_t factors, double lambda,
                   at::Tensor& x);

/// Brings every row of `x` closer to its solution by `steps` of conjugate gradient from where it
/// stands (Takács, Pilászy & Tikk 2011): no matrix is made for a row, so a row of n values costs
/// width² + 2 n width a step.
void solve_by_conjugate_gradient(const SeenRows& seen, const at::Tensor& y, double lambda,
                                 int64_t steps, at::Tensor& x);

/// The objective above, divided by the sum of all confidences: comparable between data sets.
double implicit_loss(const SeenRows& seen, const at::Tensor& x, const at::Tensor& y, double lambda);

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

}  // namespace assay
