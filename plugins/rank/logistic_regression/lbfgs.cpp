#include "lbfgs.h"

#include <ATen/TensorOperators.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <tuple>
#include <vector>

namespace assay::logistic_regression {
namespace {

double dot(const at::Tensor& a, const at::Tensor& b) { return (a * b).sum().item<double>(); }
double largest(const at::Tensor& gradient) {
  return gradient.numel() == 0 ? 0 : gradient.abs().max().item<double>();
}

// Steps and what they changed in the gradient; together they stand for the inverse of the
// curvature.
class Curvature {
 public:
  explicit Curvature(int64_t memory) : memory_(memory) {}

  void learn(const at::Tensor& step, const at::Tensor& change) {
    const double product = dot(step, change);
    if (product <= 1e-14 * dot(change, change)) return;  // no curvature along this step
    pairs_.push_back({step, change, 1 / product});
    if (std::ssize(pairs_) > memory_) pairs_.pop_front();
  }

  /// The two-loop recursion: minus the inverse of the curvature times the gradient.
  at::Tensor direction(const at::Tensor& gradient) const {
    at::Tensor q = gradient.neg();
    std::vector<double> along(pairs_.size());
    for (size_t i = pairs_.size(); i-- > 0;) {
      along[i] = pairs_[i].scale * dot(pairs_[i].step, q);
      q = q - pairs_[i].change * along[i];
    }
    if (pairs_.empty()) return q / std::max(1.0, largest(gradient));
    const Pair& last = pairs_.back();
    q = q / (last.scale * dot(last.change, last.change));
    for (size_t i = 0; i < pairs_.size(); ++i) {
      q = q + pairs_[i].step * (along[i] - pairs_[i].scale * dot(pairs_[i].change, q));
    }
    return q;
  }

 private:
  struct Pair {
    at::Tensor step, change;
    double scale;
  };
  int64_t memory_;
  std::deque<Pair> pairs_;
};

using Evaluation = std::pair<double, at::Tensor>;

// Armijo's rule; where the value no longer tells steps apart, the slope at the end of the step
// decides (the approximate Wolfe conditions of Hager & Zhang 2005).
bool is_good_step(double value, double slope, double length, const Evaluation& next,
                  const at::Tensor& direction) {
  constexpr double kShare = 1e-4;
  if (next.first <= value + kShare * length * slope) return true;
  return next.first <= value + 1e-14 * std::abs(value) &&
         dot(next.second, direction) <= (2 * kShare - 1) * slope;
}

}  // namespace

Minimum minimise_lbfgs(
    const std::function<std::pair<double, at::Tensor>(const at::Tensor&)>& function,
    const at::Tensor& start, const LbfgsSettings& settings) {
  Curvature curvature(settings.memory);
  Minimum best{.x = start.clone()};
  at::Tensor gradient;
  std::tie(best.value, gradient) = function(best.x);
  for (;;) {
    best.largest_gradient = largest(gradient);
    best.converged = best.largest_gradient <= settings.tolerance;
    if (best.converged || best.iterations == settings.iterations) return best;
    const at::Tensor direction = curvature.direction(gradient);
    const double slope = dot(direction, gradient);
    Evaluation next;
    double length = 2;
    bool good = false;
    while (!good && length > 1e-10) {
      length /= 2;
      next = function(best.x + direction * length);
      good = is_good_step(best.value, slope, length, next, direction);
    }
    if (!good) return best;  // as low as these numbers go
    const at::Tensor step = direction * length;
    curvature.learn(step, next.second - gradient);
    best.x = best.x + step;
    best.value = next.first;
    gradient = next.second;
    ++best.iterations;
  }
}

}  // namespace assay::logistic_regression
