#pragma once

/// Categories of items, from a category or a set feature.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "metrics/metric_data.h"

namespace assay::metrics {

class ItemCategories {
 public:
  /// Throws UserError, naming the metric, where the data lack the feature or it has another type.
  ItemCategories(const std::string& metric, const std::string& feature, const MetricData& data);

  /// How many categories there are.
  int64_t count() const { return count_; }
  /// Ascending; empty where the item has none.
  std::span<const int64_t> of(int64_t item) const;

  /// Shares of the categories in a list, each item's weight split equally among its own; all 0
  /// where no item has a category.
  /// @param weight  parallel to items, or empty for equal weights
  std::vector<double> shares(std::span<const int64_t> items, std::span<const double> weight) const;

 private:
  int64_t count_ = 0;
  std::vector<int64_t> values_, offsets_ = {0};
};

}  // namespace assay::metrics
