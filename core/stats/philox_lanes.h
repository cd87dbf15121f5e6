#pragma once

#include <cstdint>

#ifdef __AVX2__
#include <immintrin.h>
#endif

#include "rules/philox.h"

// Four blocks of Philox side by side, for the loops that draw a hundred million words. With AVX2 a
// 32 x 32 -> 64 bit product of four lanes is one instruction, elsewhere the compiler splits it; the
// words are those of rules::philox either way.

namespace assay::stats {

// Lanes never cross a function that is not inlined, so their calling convention does not matter.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpsabi"

/// Four 64-bit lanes. In what follows a random word is a lane's low half; the high half is noise.
using Lanes = uint64_t __attribute__((vector_size(32)));

[[gnu::always_inline]] inline Lanes all_lanes(uint64_t value) {
  return Lanes{value, value, value, value};
}

/// The 64-bit products of the lanes' low halves.
[[gnu::always_inline]] inline Lanes multiply_low_halves(Lanes a, Lanes b) {
#ifdef __AVX2__
  return reinterpret_cast<Lanes>(
      _mm256_mul_epu32(reinterpret_cast<__m256i>(a), reinterpret_cast<__m256i>(b)));
#else
  return (a & 0xFFFFFFFFu) * (b & 0xFFFFFFFFu);
#endif
}

/// The four words of four blocks: words[w][lane].
struct PhiloxLanes {
  Lanes words[4];

  /// One round with the round's key.
  [[gnu::always_inline]] void round(rules::PhiloxKey key) {
    const Lanes a = multiply_low_halves(words[0], all_lanes(rules::kPhiloxMultipliers[0]));
    const Lanes b = multiply_low_halves(words[2], all_lanes(rules::kPhiloxMultipliers[1]));
    words[0] = (b >> 32) ^ words[1] ^ all_lanes(key[0]);
    words[2] = (a >> 32) ^ words[3] ^ all_lanes(key[1]);
    words[1] = b;
    words[3] = a;
  }
};

/// Turns the counters of kWide * 4 blocks into their random words. More than one at a time keeps
/// the multiplier busy while a round waits for the one before.
template <int kWide>
[[gnu::always_inline]] inline void philox_lanes(PhiloxLanes (&blocks)[kWide], uint64_t seed) {
  rules::PhiloxKey key = rules::philox_key(seed);
#pragma GCC unroll 10
  for (int round = 0; round < rules::kPhiloxRounds; ++round) {
#pragma GCC unroll 4
    for (int i = 0; i < kWide; ++i) blocks[i].round(key);
    key = rules::next_round(key);
  }
}

#pragma GCC diagnostic pop

}  // namespace assay::stats
