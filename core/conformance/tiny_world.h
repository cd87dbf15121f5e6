#pragma once

#include <assay/batch.h>
#include <assay/features.h>

#include <cstdint>
#include <vector>

namespace assay::conformance {

/// A data set of a second, made in code and the same on every machine: 60 users, 40 items, three
/// tastes, features of every type, times, negatives, a repeated event, and people and things that
/// training never saw.
struct TinyWorld {
  static constexpr int64_t kUsers = 60;
  static constexpr int64_t kItems = 40;
  static constexpr int64_t kWarmUsers =
      54;  ///< users 54..59 have no event; user 53 has no positive one
  static constexpr int64_t kWarmItems = 36;  ///< items 36..39 have no event
  static constexpr int64_t kTastes = 3;  ///< user u and item i share a taste where u % 3 == i % 3

  enum class Times {
    real,   ///< rising, some equal
    equal,  ///< all the same; the order of the events is kept
    none,   ///< -1: the data have no time
  };

  explicit TinyWorld(Times times = Times::real);
  TinyWorld(const TinyWorld&) = delete;  // training points at features

  Features features;
  TrainingView training;
  EventSlice later;  ///< 30 events after the training window, for update()

  /// Changes where anything that a strategy could write to has changed.
  uint64_t fingerprint() const;
};

/// The events that `training` was made from.
struct TinyEvent {
  int32_t user;
  int32_t item;
  int64_t time_us;
  float value;  ///< 1..5; positive from 4 on
};
std::vector<TinyEvent> tiny_events();

uint64_t fingerprint(const FeatureTable& table);
uint64_t fingerprint(const Features& features);

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
