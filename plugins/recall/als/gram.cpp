#include "gram.h"

#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>
#include <assay/extra/threads/parallel.h>

#include <algorithm>

#include "lanes.h"

namespace assay::als {
namespace {

constexpr int64_t kPieces = 64;  // partial sums over all rows

// to += yᵀy over rows first .. last - 1, upper triangle in steps of kFactorLanes.
void add_gram(const float* y, int64_t first, int64_t last, int64_t width, float* to) {
  constexpr int64_t kTogether = 8;
  for (int64_t row = first; row < last; row += kTogether) {
    const int64_t count = std::min(kTogether, last - row);
    for (int64_t a = 0; a < width; ++a) {
      for (int64_t b = a / kFactorLanes * kFactorLanes; b < width; b += kFactorLanes) {
        FactorLanes part = {};
        for (int64_t n = 0; n < count; ++n) {
          const float* const one = y + (row + n) * width;
          part += one[a] * lanes(one + b);
        }
        lanes(to + a * width + b) += part;
      }
    }
  }
}

}  // namespace

int64_t padded_width(int64_t factors) {
  return (factors + kFactorStep - 1) / kFactorStep * kFactorStep;
}

at::Tensor padded(const at::Tensor& factors) {
  const int64_t width = factors.size(1);
  return at::constant_pad_nd(factors, {0, padded_width(width) - width});
}

int64_t rows_of_a_piece(int64_t rows) {
  return std::max<int64_t>(1, (rows + kPieces - 1) / kPieces);
}

at::Tensor gram(const at::Tensor& y) {
  const int64_t rows = y.size(0), width = y.size(1), piece = rows_of_a_piece(rows);
  at::Tensor parts = at::zeros({(rows + piece - 1) / piece, width, width}, at::kFloat);
  float* const part = parts.mutable_data_ptr<float>();
  const float* const values = y.const_data_ptr<float>();
  extra::parallel_blocks(rows, piece, [&](int64_t first, int64_t last) {
    add_gram(values, first, last, width, part + first / piece * width * width);
  });
  at::Tensor result = at::empty({width, width}, at::kFloat);
  float* const to = result.mutable_data_ptr<float>();
  for (int64_t a = 0; a < width; ++a) {
    for (int64_t b = a; b < width; ++b) {
      double sum = 0;
      for (int64_t p = 0; p < parts.size(0); ++p) sum += part[(p * width + a) * width + b];
      to[a * width + b] = to[b * width + a] = static_cast<float>(sum);
    }
  }
  return result;
}

Gram::Gram(at::Tensor y, int64_t factors)
    : y_(std::move(y)), factors_(factors), floats_(gram(y_)) {}

const std::vector<double>& Gram::doubles() const {
  std::call_once(once_, [this] {
    doubles_.resize(static_cast<size_t>(factors_ * factors_));
    const float* one = y_.const_data_ptr<float>();
    for (int64_t row = 0; row < y_.size(0); ++row, one += width()) {
      for (int64_t a = 0; a < factors_; ++a) {
        double* const to = doubles_.data() + a * factors_;
        for (int64_t b = 0; b <= a; ++b) to[b] += static_cast<double>(one[a]) * one[b];
      }
    }
  });
  return doubles_;
}

}  // namespace assay::als
