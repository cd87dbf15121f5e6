#pragma once

/// Philox 4x32-10: a random function of a counter and a key (Salmon, Moraes, Dror and Shaw 2011,
/// "Parallel random numbers: as easy as 1, 2, 3").

#include <array>
#include <cstdint>

namespace assay::kernels::philox {

inline constexpr int kRounds = 10;
inline constexpr uint32_t kMultiplier0 = 0xD2511F53;
inline constexpr uint32_t kMultiplier1 = 0xCD9E8D57;
inline constexpr uint32_t kWeyl0 = 0x9E3779B9;  // golden ratio
inline constexpr uint32_t kWeyl1 = 0xBB67AE85;  // sqrt(3) - 1

using Counter = std::array<uint32_t, 4>;
using Key = std::array<uint32_t, 2>;

/// Four random words for a counter.
constexpr Counter block(Counter c, Key key) {
  for (int round = 0; round < kRounds; ++round) {
    const uint64_t a = uint64_t{kMultiplier0} * c[0];
    const uint64_t b = uint64_t{kMultiplier1} * c[2];
    c = {static_cast<uint32_t>(b >> 32) ^ c[1] ^ key[0], static_cast<uint32_t>(b),
         static_cast<uint32_t>(a >> 32) ^ c[3] ^ key[1], static_cast<uint32_t>(a)};
    key[0] += kWeyl0;
    key[1] += kWeyl1;
  }
  return c;
}

/// A 64-bit number as one word: its halves xor-ed, so that anything below 2^32 stands for itself.
constexpr uint32_t fold(uint64_t x) {
  return static_cast<uint32_t>(x) ^ static_cast<uint32_t>(x >> 32);
}

/// The key of a seed: its low word, its high word.
constexpr Key key_of(uint64_t seed) {
  return {static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32)};
}

/// 24 random bits as a float in [0, 1).
constexpr float unit_float(uint32_t word) { return static_cast<float>(word >> 8) * 0x1p-24f; }

}  // namespace assay::kernels::philox
