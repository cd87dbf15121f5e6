#pragma once

/// Four doubles side by side. Sums of doubles in a plain loop have one order and so no vector; here
/// the order is written down: four partial sums a block, which no build, thread or machine changes.

#include <cstdint>
#include <cstring>

namespace assay::ope {

// Vectors never cross a function that is not inlined, so their calling convention does not matter.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpsabi"

using Four = double __attribute__((vector_size(32)));
/// -1 (all bits) where a comparison holds, else 0.
using FourFlags = int64_t __attribute__((vector_size(32)));

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

[[gnu::always_inline]] inline Four larger(Four a, Four b) { return a > b ? a : b; }
[[gnu::always_inline]] inline Four smaller(Four a, Four b) { return a < b ? a : b; }
[[gnu::always_inline]] inline double sum_of(Four a) { return (a[0] + a[1]) + (a[2] + a[3]); }

#pragma GCC diagnostic pop

}  // namespace assay::ope
