#pragma once

#include <assay/batch.h>
#include <assay/features.h>

#include <cstdint>

#include "conformance/tiny_data.h"

namespace assay::conformance {

/// The data set that strategies are tried on, as the SDK's batches: 60 users, 40 items, and people
/// and things that training never saw.
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

  explicit TinyWorld(Times times = Times::real, const TinyData& data = TinyData::built_in());
  /// So many copies of the data side by side, each with users and items of its own: for what only
  /// shows on more data. `later` is that of one.
  TinyWorld(const TinyData& data, int64_t copies) : TinyWorld(Times::real, data, copies) {}
  TinyWorld(const TinyWorld&) = delete;  // training points at features

  Features features;
  TrainingView training;
  EventSlice later;  ///< 30 events after the training window, for update()

  /// Changes where anything that a strategy could write to has changed.
  uint64_t fingerprint() const;

 private:
  TinyWorld(Times times, const TinyData& data, int64_t copies);
};

uint64_t fingerprint(const FeatureTable& table);
uint64_t fingerprint(const Features& features);

}  // namespace assay::conformance
