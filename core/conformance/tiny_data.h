#pragma once

#include <assay/features.h>

#include <cstdint>
#include <string>
#include <vector>

namespace assay::conformance {

/// One event of the tiny world.
struct TinyEvent {
  int32_t user;
  int32_t item;
  int64_t time_us;  ///< -1: the data have no times
  float value;
  bool positive;
};

/// What the tiny world and its requests are made of, in the shape that TinyWorld names: users and
/// items that training never saw come last, and the last user with events has no positive one.
struct TinyData {
  Features features;
  FeatureTable context;              ///< a row for each of the requests; may have no column
  std::vector<TinyEvent> events;     ///< in time order
  std::vector<TinyEvent> later;      ///< after them, for update()
  std::vector<std::string> targets;  ///< names, the truth first; empty: every event is positive

  /// A data set made in code, the same on every machine: three tastes, features of every type,
  /// times, negatives and a repeated event.
  static const TinyData& built_in();
};

/// A small stream of numbers that is the same everywhere (splitmix64, Steele et al. 2014).
class TinyNumbers {
 public:
  explicit TinyNumbers(uint64_t seed) : state_(seed) {}
  uint64_t next();
  /// 0..n-1.
  int64_t below(int64_t n) { return static_cast<int64_t>(next() % static_cast<uint64_t>(n)); }
  /// [0, 1).
  double unit() { return static_cast<double>(next() >> 11) * 0x1p-53; }

 private:
  uint64_t state_;
};

}  // namespace assay::conformance
