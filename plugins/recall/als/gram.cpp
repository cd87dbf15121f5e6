#include "gram.h"

#include "implicit_least_squares.h"

namespace assay::als {

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
