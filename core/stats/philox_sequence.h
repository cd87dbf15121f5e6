#pragma once

#include <cstdint>

#include "rules/philox.h"

namespace assay::stats {

/// A sequence of words of Philox (rules/philox.h), for samplers that need an unknown number of draws (gamma variates).
/// Equal (seed, stream, substream) give equal sequences; different ones share no block.
class PhiloxSequence {
 public:
  PhiloxSequence(uint64_t seed, uint32_t stream, uint32_t substream)
      : key_(rules::philox_key(seed)), counter_{0, substream, stream, 1} {}

  uint32_t next_word();
  /// In (0, 1): never 0 nor 1, 32 bits.
  double next_uniform() { return (next_word() + 0.5) * 0x1p-32; }
  /// Standard normal (Marsaglia's polar method).
  double next_normal();
  /// Gamma of the given shape >= 1, scale 1 (Marsaglia & Tsang 2000).
  double next_gamma(double shape);

 private:
  rules::PhiloxKey key_;
  rules::PhiloxWords counter_;
  rules::PhiloxWords words_{};
  int used_ = 4;
};

}  // namespace assay::stats
