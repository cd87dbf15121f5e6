#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "confidence_matrix.h"
#include "objective.h"

namespace assay::als {

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
/// and so it has with the objective of iALS (objective.h).
///
/// Everything here runs on the CPU, on as many threads as ATen uses, and gives the same bits with
/// any number of them: rows are solved one by one, and sums over rows are cut into pieces by the
/// number of rows alone.

/// Sets every row of `x` to the exact solution, by Cholesky decomposition (RowSolver).
/// @param x       float32 [rows of seen, width], overwritten; a row without a value becomes 0
/// @param y       float32 [columns, width], the fixed side
/// @param factors how many of `width` are in use
void solve_exactly(const ConfidenceMatrix& seen, const at::Tensor& y, int64_t factors,
                   const Objective& objective, at::Tensor& x);

/// Brings every row of `x` closer to its solution by `steps` of conjugate gradient from where it
/// stands (Takács, Pilászy & Tikk 2011): no matrix is made for a row, so a row of n values costs
/// width² + 2 n width a step.
void solve_by_conjugate_gradient(const ConfidenceMatrix& seen, const at::Tensor& y,
                                 const Objective& objective, int64_t steps, at::Tensor& x);

/// The objective, divided by the sum of all confidences: comparable between data sets.
/// @param users, items  as it is for the rows of x, and for those of y; alike with that of Hu et al.
double implicit_loss(const ConfidenceMatrix& seen, const at::Tensor& x, const at::Tensor& y,
                     const Objective& users, const Objective& items);
inline double implicit_loss(const ConfidenceMatrix& seen, const at::Tensor& x, const at::Tensor& y,
                            double lambda) {
  return implicit_loss(seen, x, y, lambda, lambda);
}

}  // namespace assay::als
