#pragma once

#include <cstdint>

/// Sums over rows of numbers, four float64 at a time and always in the same order, so that results
/// depend neither on the batch nor on the number of threads.
namespace assay::gf_cf {

inline constexpr int64_t kLanes = 4;

using Lanes = double __attribute__((vector_size(32), aligned(8), may_alias));

inline const Lanes& lanes(const double* from) { return *reinterpret_cast<const Lanes*>(from); }
inline Lanes& lanes(double* to) { return *reinterpret_cast<Lanes*>(to); }

inline int64_t whole_lanes(int64_t width) { return (width + kLanes - 1) / kLanes * kLanes; }

inline double sum(Lanes v) { return (v[0] + v[2]) + (v[1] + v[3]); }

/// to += factor * from
inline void add_scaled(double factor, const double* from, double* to, int64_t width) {
  int64_t at = 0;
  for (; at + kLanes <= width; at += kLanes) lanes(to + at) += factor * lanes(from + at);
  for (; at < width; ++at) to[at] += factor * from[at];
}

}  // namespace assay::gf_cf
