#pragma once

/// Values of many metrics for a batch of lists at once.

#include <ATen/core/Tensor.h>
#include <assay/batch.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "metrics/metric_data.h"

namespace assay::metrics {

/// A metric's definition id (core/metric_catalog/metric_definition.h) at a cutoff.
struct MetricAtCutoff {
  std::string definition;  ///< "recall{den=R}"
  int64_t cutoff = 10;
};

/// What some metrics ask of the requests beside the truth; each member only where a column needs it
/// (`MetricNeed::history`, `judged`), else empty.
struct RequestContext {
  std::optional<Ragged> history;  ///< items (int64) the user was positive about, oldest first
  std::optional<Ragged> judged;   ///< items (int64, ascending) with an event in the window
  at::Tensor value;               ///< float64, parallel to judged.values: the target's value
  std::optional<RequestBatch> requests;  ///< for the metrics of plugins, without padding
};

/// Lists to be measured.
struct MetricBatch {
  at::Tensor items;  ///< int64 [B, K], -1 pads at the tail
  Ragged truth;      ///< on the device of the items
  at::Tensor score;  ///< float32 [B, K]; undefined where the scores are not known
  RequestContext context;
};

/// Some metrics that share a way of being computed; MetricPass fills its table from several.
class MetricFamily {
 public:
  virtual ~MetricFamily() = default;
  /// Writes its rows of `out` (float64 [M, B], on the device of the lists).
  virtual void compute(const MetricBatch& batch, const at::Tensor& out) const = 0;
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
  at::Tensor values(const CandidateBatch& lists, const Ragged& truth,
                    const RequestContext& context = {}) const;

  /// The same in float64, as computed.
  at::Tensor exact_values(const MetricBatch& batch) const;
  at::Tensor exact_values(const at::Tensor& items, const Ragged& truth) const {
    return exact_values({.items = items, .truth = truth});
  }

 private:
  int64_t columns_;
  std::shared_ptr<const MetricData> data_;
  std::vector<std::unique_ptr<MetricFamily>> families_;
};

}  // namespace assay::metrics
