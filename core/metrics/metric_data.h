#pragma once

/// What metrics know of the training window.

#include <ATen/core/Tensor.h>
#include <assay/batch.h>

#include <cstdint>

namespace assay::metrics {

struct MetricData {
  int64_t items = 0;                       ///< N
  int64_t users = 0;                       ///< users with an event in the window
  int64_t pairs = 0;                       ///< T, (user, item) pairs
  at::Tensor item_count;                   ///< int64 [N] on the CPU, users of each item: t_i
  Ragged by_item;                          ///< users of each item (int64, ascending), on the CPU
  int64_t user_ids = 0;                    ///< U, one above the largest id in by_item
  const FeatureTable* features = nullptr;  ///< of the items; may be null where no metric names one

  /// Of the positive pairs of a training window. `training.features` must outlive what is returned.
  static MetricData of(const TrainingView& training);
};

}  // namespace assay::metrics
