#include "normal_equations.h"

#include <assay/error.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace assay::als {
namespace {

double dot_by_doubles(const double* a, const double* b, int64_t count) {
  constexpr int64_t kTogether = 8;
  double part[kTogether] = {};
  int64_t at = 0;
  for (; at + kTogether <= count; at += kTogether) {
    for (int64_t n = 0; n < kTogether; ++n) part[n] += a[at + n] * b[at + n];
  }
  double rest = 0;
  for (; at < count; ++at) rest += a[at] * b[at];
  return std::accumulate(part, part + kTogether, rest);
}

}  // namespace

NormalEquations::NormalEquations(const Gram& products, const Objective& objective)
    : gram_(products),
      y_(products.y().const_data_ptr<float>()),
      width_(products.width()),
      factors_(products.factors()),
      objective_(objective),
      matrix_(static_cast<size_t>(factors_ * factors_)),
      right_(static_cast<size_t>(factors_)),
      row_(static_cast<size_t>(factors_)) {}

void NormalEquations::set(std::span<const int64_t> columns, std::span<const float> confidence) {
  matrix_ = gram_.doubles();
  const double penalty = objective_.penalty(std::ssize(columns));
  for (int64_t a = 0; a < factors_; ++a) matrix_[a * factors_ + a] += penalty;
  std::ranges::fill(right_, 0);
  for (size_t n = 0; n < columns.size(); ++n) {
    const float* const one = y_ + columns[n] * width_;
    std::copy_n(one, factors_, row_.data());
    const double c = confidence[n];
    for (int64_t a = 0; a < factors_; ++a) {
      right_[a] += (c - objective_.offset) * row_[a];
      const double scale = (c - 1) * row_[a];
      double* const to = matrix_.data() + a * factors_;
      for (int64_t b = 0; b <= a; ++b) to[b] += scale * row_[b];
    }
  }
  decompose();
}

// Row by row: L_ij = (A_ij - L_i . L_j) / L_jj, over what stands left of them.
void NormalEquations::decompose() {
  for (int64_t i = 0; i < factors_; ++i) {
    double* const row = matrix_.data() + i * factors_;
    for (int64_t j = 0; j < i; ++j) {
      const double* const above = matrix_.data() + j * factors_;
      row[j] = (row[j] - dot_by_doubles(row, above, j)) / above[j];
    }
    const double pivot = row[i] - dot_by_doubles(row, row, i);
    if (!(pivot > 0)) {
      throw InvalidInput(
          "lambda is too small for these data: with it, even numbers of 64 bits cannot solve the "
          "equations of a row; raise it.");
    }
    row[i] = std::sqrt(pivot);
  }
}

void NormalEquations::substitute(std::vector<double>& b) const {
  for (int64_t i = 0; i < factors_; ++i) {
    const double* const row = matrix_.data() + i * factors_;
    b[i] = (b[i] - dot_by_doubles(row, b.data(), i)) / row[i];
  }
  for (int64_t i = factors_ - 1; i >= 0; --i) {
    const double* const row = matrix_.data() + i * factors_;
    b[i] /= row[i];
    for (int64_t j = 0; j < i; ++j) b[j] -= row[j] * b[i];
  }
}

const std::vector<double>& NormalEquations::solution() {
  row_ = right_;
  substitute(row_);
  return row_;
}

const std::vector<double>& NormalEquations::response(int64_t column) {
  std::copy_n(y_ + column * width_, factors_, row_.begin());
  substitute(row_);
  return row_;
}

}  // namespace assay::als
