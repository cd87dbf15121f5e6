#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <utility>

namespace assay::logistic_regression {

/// What minimise_lbfgs came to.
struct Minimum {
  at::Tensor x;  ///< float64 [F]
  double value = 0;
  double largest_gradient = 0;  ///< largest |component| of the gradient at x
  int64_t iterations = 0;
  bool converged = false;  ///< largest_gradient is at most the tolerance
};

struct LbfgsSettings {
  int64_t iterations = 200;  ///< at most
  double tolerance = 1e-6;   ///< of the largest component of the gradient
  int64_t memory = 10;       ///< pairs of steps that stand for the curvature
};

/// Minimises a smooth convex function without chance (Liu & Nocedal 1989, On the Limited Memory
/// BFGS Method; step length by backtracking to Armijo's rule).
/// @param function  from x (float64 [F]) to its value and gradient (float64 [F])
Minimum minimise_lbfgs(
    const std::function<std::pair<double, at::Tensor>(const at::Tensor&)>& function,
    const at::Tensor& start, const LbfgsSettings& settings);

}  // namespace assay::logistic_regression
