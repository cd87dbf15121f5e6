#pragma once

#include <array>
#include <cstdint>

namespace assay::stats {

/// Philox4x32-10, the counter-based generator of Salmon et al. 2011 ("Parallel random numbers: as
/// easy as 1, 2, 3"): four random 32-bit words for each value of a 128-bit counter, under a 64-bit
/// key. Nothing is carried from call to call, so any draw can be made again alone, in any order.
using PhiloxWords = std::array<uint32_t, 4>;

inline constexpr int kPhiloxRounds = 10;
inline constexpr uint32_t kPhiloxMultiplierA = 0xD2511F53u;
inline constexpr uint32_t kPhiloxMultiplierB = 0xCD9E8D57u;
inline constexpr uint32_t kPhiloxKeyStepA = 0x9E3779B9u;
inline constexpr uint32_t kPhiloxKeyStepB = 0xBB67AE85u;

/// @param counter  which block of four words
/// @param seed     the key; its low half is the key's first word
PhiloxWords philox(PhiloxWords counter, uint64_t seed);

/// A sequence over that: for samplers that need an unknown number of draws (gamma variates).
/// Equal (seed, stream, substream) give equal sequences; different ones share no block.
class PhiloxSequence {
 public:
  PhiloxSequence(uint64_t seed, uint32_t stream, uint32_t substream)
      : seed_(seed), counter_{0, substream, stream, 1} {}

  uint32_t next_word();
  /// In (0, 1): never 0 nor 1, 32 bits.
  double next_uniform() { return (next_word() + 0.5) * 0x1p-32; }
  /// Standard normal (Marsaglia's polar method).
  double next_normal();
  /// Gamma of the given shape >= 1, scale 1 (Marsaglia & Tsang 2000).
  double next_gamma(double shape);

 private:
  uint64_t seed_;
  PhiloxWords counter_;
  PhiloxWords words_{};
  int used_ = 4;
};

}  // namespace assay::stats
