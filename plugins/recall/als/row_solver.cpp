#include "row_solver.h"

#include <algorithm>

namespace assay::als {

RowSolver::RowSolver(const Gram& products, double lambda)
    : products_(products), lambda_(lambda), fast_(products.floats(), products.y(), lambda) {}

void RowSolver::solve(std::span<const int64_t> columns, std::span<const float> confidence,
                      float* x) {
  if (fast_.solve(columns, confidence, x)) return;
  if (!exact_) exact_.emplace(products_, lambda_);
  exact_->set(columns, confidence);
  std::fill_n(x, products_.width(), 0.F);
  std::ranges::transform(exact_->solution(), x,
                         [](double value) { return static_cast<float>(value); });
}

}  // namespace assay::als
