#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace assay::stats {

/// Numbers on a grid, value = unit * integer, with the grid fine enough to be beside the point and
/// coarse enough that any sum of n of them, signs and repetitions free, fits into 64 bits: 62 bits
/// less the bits of n. Sums of integers are the same in any order.
struct FixedPoint {
  std::vector<int64_t> values;
  int exponent = 0;  ///< unit = 2^-exponent

  double to_double(int64_t sum) const;
};

/// @param values  finite
FixedPoint to_fixed_point(std::span<const double> values);

}  // namespace assay::stats
