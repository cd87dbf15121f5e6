#pragma once

/// A batch of lists on the CPU, for metrics that walk one list at a time.

#include <ATen/core/Tensor.h>

#include <optional>
#include <span>

#include "metrics/list_metric.h"
#include "metrics/metric_pass.h"

namespace assay::metrics {

/// Rows end to end on the CPU; rows of nothing where there are none.
struct HostRows {
  explicit HostRows(const std::optional<Ragged>& rows) {
    if (!rows) return;
    values = rows->values.cpu().contiguous();
    offsets = rows->offsets.cpu().contiguous();
  }
  std::span<const int64_t> row(int64_t r) const {
    if (!offsets.defined()) return {};
    const int64_t* offset = offsets.const_data_ptr<int64_t>();
    return {values.const_data_ptr<int64_t>() + offset[r],
            static_cast<size_t>(offset[r + 1] - offset[r])};
  }
  int64_t begin(int64_t r) const { return offsets.const_data_ptr<int64_t>()[r]; }

  at::Tensor values, offsets;
};

/// A batch on the CPU, from which the view of any request is cut.
class HostBatch {
 public:
  explicit HostBatch(const MetricBatch& batch);

  int64_t rows() const { return items_.size(0); }
  /// The whole list, without padding; `cutoff` is still to be set.
  ListView view(int64_t r) const;

 private:
  at::Tensor items_, score_, value_;
  HostRows truth_, history_, judged_;
};

/// The same of the first `cutoff` items.
ListView cut(ListView view, int64_t cutoff);

}  // namespace assay::metrics
