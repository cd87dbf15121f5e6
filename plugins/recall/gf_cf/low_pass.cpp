#include "low_pass.h"

#include <ATen/ops/zeros.h>

#include <algorithm>

#include "lanes.h"

namespace assay::gf_cf {

LowPass::LowPass(const LeadingVectors& leading) {
  const TallMatrix& from = leading.vectors;
  const int64_t columns = whole_lanes(from.width);
  vectors_ = at::zeros({from.rows, columns}, at::kDouble);
  double* const to = vectors_.mutable_data_ptr<double>();
  for (int64_t row = 0; row < from.rows; ++row)
    std::copy_n(from.row(row), from.width, to + row * columns);
}

void LowPass::add_four(double factor, const double* const (&query)[4], const double* root,
                       double* const (&scores)[4]) const {
  const int64_t items = vectors_.size(0), columns = width();
  const double* v = row(0);
  for (int64_t item = 0; item < items; ++item, v += columns) {
    Lanes part[4] = {};
    for (int64_t at = 0; at < columns; at += kLanes) {
      const Lanes& one = lanes(v + at);
      for (int r = 0; r < 4; ++r) part[r] += one * lanes(query[r] + at);
    }
    for (int r = 0; r < 4; ++r) scores[r][item] += factor * root[item] * sum(part[r]);
  }
}

}  // namespace assay::gf_cf
