#pragma once

/// Eight floats at a time: AVX2 where the build has it, plain loops that mean the same elsewhere.

#include <cstdint>

#ifdef __AVX2__
#include <immintrin.h>
#else
#include <cmath>
#endif

namespace assay::detail {

/// How many floats a Lanes holds.
inline constexpr int64_t kLanes = 8;

#ifdef __AVX2__

struct Lanes {
  __m256 value;
  static Lanes zero() { return {_mm256_setzero_ps()}; }
  static Lanes load(const float* from) { return {_mm256_loadu_ps(from)}; }
  static Lanes all(const float* from) { return {_mm256_broadcast_ss(from)}; }
  void store(float* to) const { _mm256_storeu_ps(to, value); }
  /// this += a · b, rounded once.
  void add_product(Lanes a, Lanes b) { value = _mm256_fmadd_ps(a.value, b.value, value); }
  /// Bit i is set where lane i is above the other's (never for NaN).
  uint32_t above(Lanes other) const {
    return static_cast<uint32_t>(_mm256_movemask_ps(_mm256_cmp_ps(value, other.value, _CMP_GT_OQ)));
  }
};

#else

struct Lanes {
  float value[kLanes];
  static Lanes zero() { return {}; }
  static Lanes load(const float* from) {
    Lanes lanes;
    for (int i = 0; i < kLanes; ++i) lanes.value[i] = from[i];
    return lanes;
  }
  static Lanes all(const float* from) {
    Lanes lanes;
    for (float& value : lanes.value) value = *from;
    return lanes;
  }
  void store(float* to) const {
    for (int i = 0; i < kLanes; ++i) to[i] = value[i];
  }
  void add_product(Lanes a, Lanes b) {
    for (int i = 0; i < kLanes; ++i) value[i] = std::fma(a.value[i], b.value[i], value[i]);
  }
  uint32_t above(Lanes other) const {
    uint32_t mask = 0;
    for (int i = 0; i < kLanes; ++i) mask |= uint32_t{value[i] > other.value[i]} << i;
    return mask;
  }
};

#endif

}  // namespace assay::detail
