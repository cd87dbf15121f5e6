#include "row_solver.h"

#include <algorithm>

namespace assay::als {

RowSolver::RowSolver(const Gram& products, const Objective& objective)
    : products_(products),
      objective_(objective),
      fast_(products.floats(), products.y(), objective) {}

void RowSolver::solve(std::span<const int64_t> columns, std::span<const float> confidence,
                      float* x) {
  if (fast_.solve(columns, confidence, x)) return;
  if (!exact_) exact_.emplace(products_, objective_);
  exact_->set(columns, confidence);
  std::fill_n(x, products_.width(), 0.F);
  std::ranges::transform(exact_->solution(), x,
                         [](double value) { return static_cast<float>(value); });
}

}  // namespace assay::als
