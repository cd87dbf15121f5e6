#pragma once

#include <cstdint>
#include <vector>

#include "stats/philox_sequence.h"

namespace assay::stats {

/// n normal numbers; equal arguments give equal numbers.
inline std::vector<double> normal_sample(int n, double mean, double sd, uint32_t which) {
  PhiloxSequence random(77, 1000, which);
  std::vector<double> values(static_cast<size_t>(n));
  for (double& value : values) value = mean + sd * random.next_normal();
  return values;
}

/// The same as floats, as the database keeps them.
inline std::vector<float> float_sample(int n, double mean, double sd, uint32_t which) {
  const std::vector<double> values = normal_sample(n, mean, sd, which);
  return {values.begin(), values.end()};
}

}  // namespace assay::stats
