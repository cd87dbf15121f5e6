#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>
#include <set>
#include <vector>

#include "rules/philox.h"

namespace assay::dataset {

/// Random numbers of one thing (an event, a profile): Philox keyed by the seed, counted by what is
/// drawn for and for which of them, so that what is drawn for one depends on no other.
class Draws {
 public:
  /// @param what  tells apart what is drawn for; one number a use
  Draws(uint64_t seed, uint32_t what, uint64_t of)
      : key_(rules::philox_key(seed)),
        counter_{static_cast<uint32_t>(of), static_cast<uint32_t>(of >> 32), 0, what} {}

  /// 64 random bits.
  uint64_t bits() {
    if (left_ < 2) {
      words_ = rules::philox(counter_, key_);
      ++counter_[2];
      left_ = 4;
    }
    left_ -= 2;
    return (uint64_t{words_[left_ + 1]} << 32) | words_[left_];
  }
  /// From [0, 1).
  double unit() { return static_cast<double>(bits() >> 11) * 0x1.0p-53; }
  /// From 0 to n - 1; n is at least 1. (Lemire 2019 without rejection: off by less than n / 2^64.)
  int64_t below(int64_t n) {
    __extension__ using Wide = unsigned __int128;
    return static_cast<int64_t>((Wide{bits()} * static_cast<uint64_t>(n)) >> 64);
  }
  /// Of the standard normal distribution (Box and Muller 1958).
  double normal() {
    const double radius = std::sqrt(-2 * std::log(1 - unit()));
    return radius * std::cos(2 * std::numbers::pi * unit());
  }
  /// `count` different numbers below n, ascending (Floyd, in Bentley 1987); count is at most n.
  std::vector<int64_t> some_below(int64_t n, int64_t count) {
    std::set<int64_t> chosen;
    for (int64_t last = n - count; last < n; ++last) {
      const int64_t drawn = below(last + 1);
      chosen.insert(chosen.contains(drawn) ? last : drawn);
    }
    return {chosen.begin(), chosen.end()};
  }

 private:
  rules::PhiloxKey key_;
  rules::PhiloxWords counter_, words_{};
  size_t left_ = 0;
};

}  // namespace assay::dataset
