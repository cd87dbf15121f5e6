#pragma once

#include <assay/extra/factors/lanes.h>

#include <cstdint>

/// Sums over rows of factors, eight floats at a time, as in extra/factors/lanes.h.
namespace assay::als {

using extra::add_scaled;
using extra::dot;
using extra::FactorLanes;
using extra::kFactorLanes;
using extra::kFactorStep;
using extra::lanes;
using extra::sum;

/// to += sum over four rows y of coefficient(n, y . v) y, reading each of them from memory once.
template <typename Coefficient>
void add_four(const float* const (&y)[4], const float* v, float* to, int64_t width,
              const Coefficient& coefficient) {
  FactorLanes part[4] = {};
  for (int64_t at = 0; at < width; at += kFactorLanes) {
    const FactorLanes& one = lanes(v + at);
    for (int n = 0; n < 4; ++n) part[n] += lanes(y[n] + at) * one;
  }
  float c[4];
  for (int n = 0; n < 4; ++n) c[n] = coefficient(n, sum(part[n]));
  for (int64_t at = 0; at < width; at += kFactorLanes) {
    lanes(to + at) += (c[0] * lanes(y[0] + at) + c[1] * lanes(y[1] + at)) +
                      (c[2] * lanes(y[2] + at) + c[3] * lanes(y[3] + at));
  }
}

/// to[r] = v[r] . matrix for `rows` rows, where `matrix` [width, width] is symmetric: four rows
/// share what is read of it.
inline void times_matrix(const float* v, const float* matrix, float* to, int64_t rows,
                         int64_t width) {
  for (int64_t first = 0; first < rows; first += 4) {
    const float* const in = v + first * width;
    for (int64_t column = 0; column < width; column += kFactorStep) {
      FactorLanes part[4][2] = {};
      for (int64_t k = 0; k < width; ++k) {
        const FactorLanes& low = lanes(matrix + k * width + column);
        const FactorLanes& high = lanes(matrix + k * width + column + kFactorLanes);
        for (int r = 0; r < 4; ++r) {
          part[r][0] += in[r * width + k] * low;
          part[r][1] += in[r * width + k] * high;
        }
      }
      for (int r = 0; r < 4; ++r) {
        lanes(to + (first + r) * width + column) = part[r][0];
        lanes(to + (first + r) * width + column + kFactorLanes) = part[r][1];
      }
    }
  }
}

}  // namespace assay::als
