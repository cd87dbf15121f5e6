#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

namespace assay::simulator {

/// e^x to a relative error of 2e-7, of plain sums and products: loops over it become vectors, and it
/// is the same on every machine, which std::exp need not be. x is cut to -87 to 88.
inline float exponential(float x) {
  x = std::min(std::max(x, -87.0F), 88.0F);
  // 1.5 * 2^23 rounds to a whole number, which stands in the low bits.
  constexpr float kRound = 12'582'912.0F;
  const float rounded = x * 1.442695041F + kRound;
  const float power = rounded - kRound;
  const float rest = (x - power * 0.693359375F) - power * -2.12194440e-4F;
  float sum = 1.9875691500e-4F;
  sum = sum * rest + 1.3981999507e-3F;
  sum = sum * rest + 8.3334519073e-3F;
  sum = sum * rest + 4.1665795894e-2F;
  sum = sum * rest + 1.6666665459e-1F;
  sum = sum * rest + 5.0000001201e-1F;
  const float mantissa = (sum * rest) * rest + rest + 1.0F;
  const uint32_t shift = std::bit_cast<uint32_t>(rounded) << 23;
  return std::bit_cast<float>(std::bit_cast<uint32_t>(mantissa) + shift);
}

}  // namespace assay::simulator
