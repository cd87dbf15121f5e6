#include "metrics/metric_data.h"

#include <ATen/TensorOperators.h>

namespace assay::metrics {

MetricData MetricData::of(const TrainingView& training) {
  MetricData data;
  data.items = training.items;
  data.users = training.user_seen.sum().item<int64_t>();
  data.by_item = training.by_item.to(at::Device(at::kCPU));
  data.item_count =
      (data.by_item.offsets.slice(0, 1) - data.by_item.offsets.slice(0, 0, -1)).contiguous();
  data.pairs = data.by_item.values.size(0);
  data.user_ids = training.users;
  if (training.features) data.features = &training.features->item;
  return data;
}

}  // namespace assay::metrics
