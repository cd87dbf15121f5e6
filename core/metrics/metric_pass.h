#pragma once

/// Values of many metrics for a batch of lists at once.

#include <ATen/core/Tensor.h>
#include <assay/batch.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "metrics/metric_data.h"

namespace assay {

/// A metric's definition id (core/task/metric_definition.h) at a cutoff.
struct MetricAtCutoff {
  std::string definition;  ///< "recall{den=R}"
  int64_t cutoff = 10;
};

/// Some metrics that share a way of being computed; MetricPass fills its table from several.
class MetricFamily {
 public:
  virtual ~MetricFamily() = default;
  /// Writes its rows of `out` (float64 [M, B], on the device of the lists).
  virtual void compute(const at::Tensor& items, const Ragged& truth,
                       const at::Tensor& out) const = 0;
};

/// The metrics of one kind of list (what was served, or the candidates of a stage). Make it once,
/// use it for every batch.
///
/// Lists may stand on any device; what needs the training data (item features, co-occurrence) is
/// computed on the CPU. Rows that only pad a batch must be cut off before. One instance may be used
/// by several threads.
class MetricPass {
 public:
  /// Throws UserError where a metric names an item feature that the data lack or that has another
  /// type, InternalError for a definition that is not one value a request.
  MetricPass(const std::vector<MetricAtCutoff>& columns, std::shared_ptr<const MetricData> data);
  ~MetricPass();

  /// float32 [M, B]: row m holds column m of the constructor. NaN where a request has no value
  /// (docs/metrics.md says when).
  /// @param lists  best first, -1 at the tail; shorter lists than a cutoff end where they end
  /// @param truth  relevant items of each request (int64, ascending), on the device of the lists
  at::Tensor values(const CandidateBatch& lists, const Ragged& truth) const;

  /// The same in float64, as computed.
  at::Tensor exact_values(const at::Tensor& items, const Ragged& truth) const;

 private:
  int64_t columns_;
  std::shared_ptr<const MetricData> data_;
  std::vector<std::unique_ptr<MetricFamily>> families_;
};

}  // namespace assay
