#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <span>

namespace assay::simulator {

// Vectors never cross a function that is not inlined, so their calling convention does not matter.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpsabi"

using Eight = float __attribute__((vector_size(32)));
using EightBits = uint32_t __attribute__((vector_size(32)));

/// e^x to a relative error of 2e-7, of plain sums and products: the same for one number and for
/// eight side by side. x is cut to -87 to 88. (Polynomial of expf in Moshier's Cephes, 1989.)
template <typename Number, typename Bits>
[[gnu::always_inline]] inline Number exponential_of(Number x) {
  const Number least = Number{} - 87.0F, most = Number{} + 88.0F;
  x = x < least ? least : x;
  x = x > most ? most : x;
  // 1.5 * 2^23 rounds to a whole number, which stands in the low bits.
  const Number round = Number{} + 12'582'912.0F;
  const Number rounded = x * 1.442695041F + round;
  const Number power = rounded - round;
  const Number rest = (x - power * 0.693359375F) - power * -2.12194440e-4F;
  Number sum = rest * 1.9875691500e-4F + 1.3981999507e-3F;
  sum = sum * rest + 8.3334519073e-3F;
  sum = sum * rest + 4.1665795894e-2F;
  sum = sum * rest + 1.6666665459e-1F;
  sum = sum * rest + 5.0000001201e-1F;
  const Number mantissa = (sum * rest) * rest + rest + 1.0F;
  const Bits shift = std::bit_cast<Bits>(rounded) << 23;
  return std::bit_cast<Number>(std::bit_cast<Bits>(mantissa) + shift);
}

inline float exponential(float x) { return exponential_of<float, uint32_t>(x); }

/// Replaces each x by e^((x - top) * scale).
inline void exponentials(std::span<float> values, float top, float scale) {
  constexpr size_t kEight = 8;
  for (size_t i = 0; i < values.size(); i += kEight) {
    const size_t bytes = std::min(kEight, values.size() - i) * sizeof(float);
    Eight x{};
    std::memcpy(&x, &values[i], bytes);
    x = exponential_of<Eight, EightBits>((x - top) * scale);
    std::memcpy(&values[i], &x, bytes);
  }
}

#pragma GCC diagnostic pop

}  // namespace assay::simulator
