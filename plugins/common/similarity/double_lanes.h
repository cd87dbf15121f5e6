#pragma once
// Part of assay::extra, which promises no stable API or ABI: see assay/extra/README.md.

/// Sums and maxima over rows of float64, four at a time and always in the same order.

#include <cstdint>
#include <limits>
#include <span>

namespace assay::extra {

/// Rows are padded with zeros to a multiple of it.
inline constexpr int64_t kDoubleStep = 8;

using DoubleLanes = double __attribute__((vector_size(32), aligned(8), may_alias));

inline const DoubleLanes& double_lanes(const double* from) {
  return *reinterpret_cast<const DoubleLanes*>(from);
}

inline DoubleLanes& double_lanes(double* to) { return *reinterpret_cast<DoubleLanes*>(to); }

/// `width` rounded up to a multiple of kDoubleStep.
inline int64_t padded_width(int64_t width) {
  return (width + kDoubleStep - 1) / kDoubleStep * kDoubleStep;
}

/// @param width  a multiple of kDoubleStep
inline double dot(const double* a, const double* b, int64_t width) {
  DoubleLanes even = {}, odd = {};
  for (int64_t at = 0; at < width; at += kDoubleStep) {
    even += double_lanes(a + at) * double_lanes(b + at);
    odd += double_lanes(a + at + 4) * double_lanes(b + at + 4);
  }
  const DoubleLanes both = even + odd;
  return (both[0] + both[2]) + (both[1] + both[3]);
}

/// The largest value, -inf where there is none. None is NaN.
inline double largest(std::span<const double> values) {
  constexpr double kLowest = -std::numeric_limits<double>::infinity();
  DoubleLanes most = {kLowest, kLowest, kLowest, kLowest};
  size_t at = 0;
  for (; at + 4 <= values.size(); at += 4) {
    const DoubleLanes& next = double_lanes(values.data() + at);
    most = next > most ? next : most;
  }
  double result = kLowest;
  for (int lane = 0; lane < 4; ++lane) result = most[lane] > result ? most[lane] : result;
  for (; at < values.size(); ++at) result = values[at] > result ? values[at] : result;
  return result;
}

}  // namespace assay::extra
