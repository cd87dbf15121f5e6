#pragma once

/// Random numbers of a world: what they are drawn for is their counter.

#include <cstdint>
#include <span>

#include "rules/philox.h"

namespace assay::simulator {

/// What is drawn. Part of every world: numbers stay what they are.
enum class Draw : uint32_t {
  taste = 1,
  turned_taste = 2,
  item_factors = 3,
  believed_factors = 4,
  popularity = 5,
  user_noise = 6,
  item_noise = 7,
  session = 8,
  activity = 9,
  request = 10,
  shelf = 11,
  click = 12,
  log = 13,
};

inline rules::PhiloxWords drawn(uint64_t seed, Draw what, uint32_t a, uint32_t b = 0,
                                uint32_t c = 0) {
  return rules::philox({a, b, c, static_cast<uint32_t>(what)}, rules::philox_key(seed));
}

/// In [0, 1), of 24 bits: exact in float32.
inline float unit(uint32_t word) { return static_cast<float>(word >> 8) * 0x1p-24F; }

/// In 0 to below - 1.
inline int32_t below(uint32_t word, int64_t below) {
  return static_cast<int32_t>((uint64_t{word} * static_cast<uint64_t>(below)) >> 32);
}

/// Mean 0, variance 1, within 3.47: the sum of four uniform numbers of 16 bits, which is the same on
/// every machine, as logarithms and cosines need not be.
inline float bell(uint32_t first, uint32_t second) {
  const int32_t sum =
      static_cast<int32_t>((first & 0xFFFF) + (first >> 16) + (second & 0xFFFF) + (second >> 16));
  return static_cast<float>(sum - 131'070) / 37'837.227F;
}

/// Fills `out` with independent bell() numbers of `id`.
inline void draw_bells(uint64_t seed, Draw what, uint32_t id, std::span<float> out) {
  for (size_t at = 0; at < out.size(); at += 2) {
    const rules::PhiloxWords words = drawn(seed, what, id, static_cast<uint32_t>(at / 2));
    out[at] = bell(words[0], words[1]);
    if (at + 1 < out.size()) out[at + 1] = bell(words[2], words[3]);
  }
}

}  // namespace assay::simulator
