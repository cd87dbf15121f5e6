#pragma once

/// Four doubles side by side. Sums of doubles in a plain loop have one order and so no vector; here
/// the order is written down: four partial sums a block, which no build, thread or machine changes.

#include <algorithm>
#include <cstdint>
#include <cstring>

#ifdef __AVX__
#include <immintrin.h>
#endif

namespace assay::ope {

// Vectors never cross a function that is not inlined, so their calling convention does not matter.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpsabi"

using Four = double __attribute__((vector_size(32)));

[[gnu::always_inline]] inline Four all_four(double x) { return Four{x, x, x, x}; }

[[gnu::always_inline]] inline Four load_four(const double* at) {
  Four four;
  std::memcpy(&four, at, sizeof four);
  return four;
}

[[gnu::always_inline]] inline Four load_four(const float* at) {
  using Floats = float __attribute__((vector_size(16)));
  Floats floats;
  std::memcpy(&floats, at, sizeof floats);
  return __builtin_convertvector(floats, Four);
}

/// The first `count` numbers from `at`, and `rest` behind them.
template <typename Number>
[[gnu::always_inline]] inline Four load_up_to_four(const Number* at, int count, double rest) {
  if (count >= 4) return load_four(at);
  Four four = all_four(rest);
  for (int i = 0; i < count; ++i) four[i] = static_cast<double>(at[i]);
  return four;
}

[[gnu::always_inline]] inline void store_four(double* at, Four four) {
  std::memcpy(at, &four, sizeof four);
}

// Where one of the two is NaN, what comes out is b: with AVX by its instruction, else by comparison.
[[gnu::always_inline]] inline Four larger(Four a, Four b) {
#ifdef __AVX__
  return _mm256_max_pd(a, b);
#else
  return a > b ? a : b;
#endif
}
[[gnu::always_inline]] inline Four smaller(Four a, Four b) {
#ifdef __AVX__
  return _mm256_min_pd(a, b);
#else
  return a < b ? a : b;
#endif
}
[[gnu::always_inline]] inline double sum_of(Four a) { return (a[0] + a[1]) + (a[2] + a[3]); }
[[gnu::always_inline]] inline double largest_of(Four a) {
  return std::max(std::max(a[0], a[1]), std::max(a[2], a[3]));
}
[[gnu::always_inline]] inline double least_of(Four a) {
  return std::min(std::min(a[0], a[1]), std::min(a[2], a[3]));
}

#pragma GCC diagnostic pop

}  // namespace assay::ope
