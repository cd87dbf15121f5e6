#pragma once
// Part of assay::extra, which promises no stable API or ABI: see assay/extra/README.md.

/// A small, fast stream of random bits.

#include <cstdint>

namespace assay::extra {

/// SplitMix64 (Steele, Lea & Flood 2014, Fast Splittable Pseudorandom Number Generators), begun anew
/// for each number that it is given: streams of one seed and different numbers are independent.
class SplitMix {
 public:
  SplitMix(uint64_t seed, uint64_t number)
      : state_(mixed(mixed(seed + kStep) ^ (number * kStep))) {}

  /// 64 random bits.
  uint64_t bits() { return mixed(state_ += kStep); }
  /// In [0, 1), 53 bits.
  double uniform() { return static_cast<double>(bits() >> 11) * 0x1p-53; }
  /// In 0 .. `below` - 1, by multiplication (Lemire 2019, without rejection: biased by less than
  /// below / 2^32).
  uint32_t below(uint32_t below) {
    return static_cast<uint32_t>(((bits() >> 32) * uint64_t{below}) >> 32);
  }

 private:
  static constexpr uint64_t kStep = 0x9E3779B97F4A7C15;
  static uint64_t mixed(uint64_t bits) {
    bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9;
    bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EB;
    return bits ^ (bits >> 31);
  }

  uint64_t state_;
};

}  // namespace assay::extra
