#include "block_descent.h"

#include <assay/error.h>
#include <assay/extra/threads/parallel.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

#include "gram.h"
#include "lanes.h"

namespace assay::als {
namespace {

constexpr int64_t kRowsAtOnce = 32;

/// Solves A x = b for a symmetric positive definite A; both are overwritten, b with x. Only the
/// lower triangle of A is read. False where A is not positive definite.
bool solve_small(std::vector<double>& a, std::vector<double>& b, int64_t size) {
  for (int64_t i = 0; i < size; ++i) {
    double* const row = a.data() + i * size;
    for (int64_t j = 0; j <= i; ++j) {
      const double* const above = a.data() + j * size;
      double left = row[j];
      for (int64_t k = 0; k < j; ++k) left -= row[k] * above[k];
      if (i == j && !(left > 0)) return false;
      row[j] = i == j ? std::sqrt(left) : left / above[j];
    }
    for (int64_t k = 0; k < i; ++k) b[i] -= row[k] * b[k];
    b[i] /= row[i];
  }
  for (int64_t i = size - 1; i >= 0; --i) {
    b[i] /= a[i * size + i];
    for (int64_t j = 0; j < i; ++j) b[j] -= a[i * size + j] * b[i];
  }
  return true;
}

/// The rows of one thread.
class BlockDescent {
 public:
  BlockDescent(const ConfidenceView& seen, const at::Tensor& products, const at::Tensor& y,
               const Objective& objective)
      : seen_(seen),
        products_(products.const_data_ptr<float>()),
        y_(y.const_data_ptr<float>()),
        width_(y.size(1)),
        objective_(objective) {}

  void solve(int64_t row, int64_t factors, int64_t block, float* x) {
    columns_ = seen_.columns_of(row);
    confidence_ = seen_.confidence_of(row);
    penalty_ = objective_.penalty(std::ssize(columns_));
    score_.resize(columns_.size());
    for (size_t n = 0; n < columns_.size(); ++n)
      score_[n] = dot(x, y_ + columns_[n] * width_, width_);
    for (int64_t first = 0; first < factors; first += block)
      improve(first, std::min(block, factors - first), x);
  }

 private:
  // x of the block -= (second derivative)⁻¹ first derivative, both halved.
  void improve(int64_t first, int64_t size, float* x) {
    set_start(first, size, x);
    for (size_t n = 0; n < columns_.size(); ++n) add_seen(n, first, size);
    second_.assign(sums_.begin(), sums_.begin() + size * size);
    if (!solve_small(second_, step_, size)) {
      throw InvalidInput(
          "lambda is too small for these data: with it, the equations of a block of factors cannot "
          "be solved; raise it.");
    }
    for (int64_t a = 0; a < size; ++a) x[first + a] -= static_cast<float>(step_[a]);
    for (size_t n = 0; n < columns_.size(); ++n) {
      const float* const one = y_ + columns_[n] * width_ + first;
      double change = 0;
      for (int64_t a = 0; a < size; ++a) change += step_[a] * one[a];
      score_[n] -= static_cast<float>(change);
    }
  }

  // What does not depend on what the row saw, but for how many.
  void set_start(int64_t first, int64_t size, const float* x) {
    sums_.resize(static_cast<size_t>(size * size));
    step_.resize(static_cast<size_t>(size));
    for (int64_t a = 0; a < size; ++a) {
      const float* const product = products_ + (first + a) * width_;
      std::copy_n(product + first, size, sums_.data() + a * size);
      sums_[a * size + a] += static_cast<float>(penalty_);
      step_[a] = dot(product, x, width_) + penalty_ * x[first + a];
    }
  }

  void add_seen(size_t n, int64_t first, int64_t size) {
    const float* const one = y_ + columns_[n] * width_ + first;
    const float more = confidence_[n] - 1;
    const float pull = more * score_[n] - (confidence_[n] - objective_.offset);
    for (int64_t a = 0; a < size; ++a) {
      step_[a] += pull * one[a];
      const float times = more * one[a];
      float* const to = sums_.data() + a * size;
      for (int64_t b = 0; b < size; ++b) to[b] += times * one[b];
    }
  }

  const ConfidenceView& seen_;
  const float* products_;  // [width, width]
  const float* y_;
  int64_t width_;
  const Objective& objective_;
  std::span<const int64_t> columns_;
  std::span<const float> confidence_;
  double penalty_ = 0;
  std::vector<float> score_;    // of what the row saw, as x stands
  std::vector<float> sums_;     // [block, block], half the second derivative
  std::vector<double> second_;  // the same, being solved
  std::vector<double> step_;    // [block], half the first derivative, then the step
};

}  // namespace

void solve_by_blocks(const ConfidenceMatrix& seen, const at::Tensor& y, int64_t factors,
                     const Objective& objective, int64_t block, at::Tensor& x) {
  const int64_t width = y.size(1);
  const at::Tensor products = gram(y);
  const ConfidenceView rows(seen);
  float* const to = x.mutable_data_ptr<float>();
  extra::parallel_blocks(rows.rows, kRowsAtOnce, [&](int64_t first, int64_t last) {
    BlockDescent descent(rows, products, y, objective);
    for (int64_t row = first; row < last; ++row) {
      if (rows.columns_of(row).empty())
        std::fill_n(to + row * width, width, 0.F);
      else
        descent.solve(row, factors, block, to + row * width);
    }
  });
}

}  // namespace assay::als
