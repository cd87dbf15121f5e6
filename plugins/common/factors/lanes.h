#pragma once
// Part of assay::extra, which promises no stable API or ABI: see assay/extra/README.md.

/// Sums over rows of factors, eight floats at a time.

#include <cstdint>

namespace assay::extra {

inline constexpr int64_t kFactorLanes = 8;
/// Rows are padded to a multiple of it, and aligned to kFactorLanes floats.
inline constexpr int64_t kFactorStep = 2 * kFactorLanes;

using FactorLanes = float __attribute__((vector_size(32), may_alias));

inline const FactorLanes& lanes(const float* from) {
  return *reinterpret_cast<const FactorLanes*>(from);
}
inline FactorLanes& lanes(float* to) { return *reinterpret_cast<FactorLanes*>(to); }

/// Always in the same order.
inline float sum(FactorLanes v) {
  return ((v[0] + v[4]) + (v[1] + v[5])) + ((v[2] + v[6]) + (v[3] + v[7]));
}

inline float dot(const float* a, const float* b, int64_t width) {
  FactorLanes even = {}, odd = {};
  for (int64_t at = 0; at < width; at += kFactorStep) {
    even += lanes(a + at) * lanes(b + at);
    odd += lanes(a + at + kFactorLanes) * lanes(b + at + kFactorLanes);
  }
  return sum(even + odd);
}

/// to += factor * from
inline void add_scaled(float factor, const float* from, float* to, int64_t width) {
  for (int64_t at = 0; at < width; at += kFactorLanes) {
    lanes(to + at) += factor * lanes(from + at);
  }
}

}  // namespace assay::extra
