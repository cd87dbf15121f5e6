#pragma once

/// Metrics that are the mean of one number an item: novelty, popularity.

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string_view>
#include <vector>

#include "metrics/metric_data.h"
#include "metrics/metric_pass.h"

namespace assay::metrics {

/// Whether item_values knows the definition.
bool is_item_mean(std::string_view definition);

/// The ids that is_item_mean knows.
std::vector<std::string_view> item_mean_definitions();

/// float64 [N] on the CPU: what each item is worth under a definition; NaN where it is left out of
/// the mean.
at::Tensor item_values(std::string_view definition, const MetricData& data);

/// float64 [B]: mean of values[item] over the first `cutoff` items of each list, leaving out NaN;
/// NaN where none is left.
/// @param items   int64 [B, K], -1 pads
/// @param values  float64 [N] on the device of `items`
at::Tensor item_means(const at::Tensor& items, const at::Tensor& values, int64_t cutoff);

/// The columns of a pass that are means of one definition, at ascending cutoffs.
class ItemMeanFamily : public MetricFamily {
 public:
  struct Column {
    int64_t cutoff;
    int64_t row;
  };
  ItemMeanFamily(at::Tensor values, std::vector<Column> columns);
  void compute(const MetricBatch& batch, const at::Tensor& out) const override;

 private:
  at::Tensor values_;
  std::vector<Column> columns_;
};

}  // namespace assay::metrics
