#include "stats/fixed_point.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace assay::stats {

double FixedPoint::to_double(int64_t sum) const {
  return std::ldexp(static_cast<double>(sum), -exponent);
}

FixedPoint to_fixed_point(std::span<const double> values) {
  FixedPoint fixed;
  double largest = 0.0;
  for (double value : values) largest = std::max(largest, std::abs(value));
  int magnitude = 0;  // largest < 2^magnitude
  std::frexp(largest, &magnitude);
  fixed.exponent = 62 - static_cast<int>(std::bit_width(values.size())) - magnitude;
  fixed.values.reserve(values.size());
  for (double value : values) {
    fixed.values.push_back(std::llround(std::ldexp(value, fixed.exponent)));
  }
  return fixed;
}

}  // namespace assay::stats
