#pragma once

/// Eight floats at a time: AVX2 where the build has it, plain loops that mean the same elsewhere.

#include <algorithm>
#include <cstdint>

#ifdef __AVX2__
#include <immintrin.h>
#else
#include <cmath>
#include <utility>
#endif

namespace assay::kernels {

/// How many floats a Lanes holds.
inline constexpr int64_t kLanes = 8;

#ifdef __AVX2__

struct Lanes {
  __m256 value;
  static Lanes zero() { return {_mm256_setzero_ps()}; }
  static Lanes load(const float* from) { return {_mm256_loadu_ps(from)}; }
  /// The first `count`, then zeros.
  static Lanes load_some(const float* from, int64_t count) {
    float padded[kLanes] = {};
    std::copy(from, from + count, padded);
    return load(padded);
  }
  static Lanes all(const float* from) { return {_mm256_broadcast_ss(from)}; }
  void store(float* to) const { _mm256_storeu_ps(to, value); }
  /// this += a · b, rounded once.
  void add_product(Lanes a, Lanes b) { value = _mm256_fmadd_ps(a.value, b.value, value); }
  /// Bit i is set where lane i is above the other's (never for NaN).
  uint32_t above(Lanes other) const {
    return static_cast<uint32_t>(_mm256_movemask_ps(_mm256_cmp_ps(value, other.value, _CMP_GT_OQ)));
  }
};

/// Rows to columns: afterwards lane i of rows[j] is what lane j of rows[i] was.
inline void transpose(Lanes (&rows)[kLanes]) {
  __m256 pairs[8], quads[8];
  for (int i = 0; i < 8; i += 2) {
    pairs[i] = _mm256_unpacklo_ps(rows[i].value, rows[i + 1].value);
    pairs[i + 1] = _mm256_unpackhi_ps(rows[i].value, rows[i + 1].value);
  }
  for (int i = 0; i < 8; i += 4) {
    quads[i] = _mm256_shuffle_ps(pairs[i], pairs[i + 2], 0x44);
    quads[i + 1] = _mm256_shuffle_ps(pairs[i], pairs[i + 2], 0xEE);
    quads[i + 2] = _mm256_shuffle_ps(pairs[i + 1], pairs[i + 3], 0x44);
    quads[i + 3] = _mm256_shuffle_ps(pairs[i + 1], pairs[i + 3], 0xEE);
  }
  for (int i = 0; i < 4; ++i) {
    rows[i].value = _mm256_permute2f128_ps(quads[i], quads[i + 4], 0x20);
    rows[i + 4].value = _mm256_permute2f128_ps(quads[i], quads[i + 4], 0x31);
  }
}

#else

struct Lanes {
  float value[kLanes];
  static Lanes zero() { return {}; }
  static Lanes load(const float* from) {
    Lanes lanes;
    for (int i = 0; i < kLanes; ++i) lanes.value[i] = from[i];
    return lanes;
  }
  static Lanes load_some(const float* from, int64_t count) {
    Lanes lanes{};
    for (int64_t i = 0; i < count; ++i) lanes.value[i] = from[i];
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

inline void transpose(Lanes (&rows)[kLanes]) {
  for (int i = 0; i < kLanes; ++i) {
    for (int j = 0; j < i; ++j) std::swap(rows[i].value[j], rows[j].value[i]);
  }
}

#endif

}  // namespace assay::kernels
