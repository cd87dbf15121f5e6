#pragma once

#include <array>
#include <cstdint>

namespace assay::rules {

/// Philox 4x32-10 (Salmon, Moraes, Dror and Shaw 2011, "Parallel random numbers: as easy as 1, 2,
/// 3"): a random function of a 128-bit counter and a 64-bit key. Nothing is carried from call to
/// call, so any draw can be made again alone, in any order. Everything that draws in assay calls
/// this function or, where it computes many blocks at once, one round of it with these constants.
using PhiloxWords = std::array<uint32_t, 4>;
using PhiloxKey = std::array<uint32_t, 2>;

inline constexpr int kPhiloxRounds = 10;
/// Of the counter's words 0 and 2.
inline constexpr PhiloxKey kPhiloxMultipliers = {0xD2511F53, 0xCD9E8D57};
/// What a round adds to the key: the golden ratio and sqrt(3) - 1.
inline constexpr PhiloxKey kPhiloxKeySteps = {0x9E3779B9, 0xBB67AE85};

/// The key of a seed: its low word, its high word.
constexpr PhiloxKey philox_key(uint64_t seed) {
  return {static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32)};
}

constexpr PhiloxKey next_round(PhiloxKey key) {
  return {key[0] + kPhiloxKeySteps[0], key[1] + kPhiloxKeySteps[1]};
}

/// The four random words of a counter.
constexpr PhiloxWords philox(PhiloxWords c, PhiloxKey key) {
  for (int round = 0; round < kPhiloxRounds; ++round) {
    const uint64_t a = uint64_t{kPhiloxMultipliers[0]} * c[0];
    const uint64_t b = uint64_t{kPhiloxMultipliers[1]} * c[2];
    c = {static_cast<uint32_t>(b >> 32) ^ c[1] ^ key[0], static_cast<uint32_t>(b),
         static_cast<uint32_t>(a >> 32) ^ c[3] ^ key[1], static_cast<uint32_t>(a)};
    key = next_round(key);
  }
  return c;
}

}  // namespace assay::rules
