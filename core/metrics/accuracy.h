#pragma once

/// The accuracy metrics of hits and the number of relevant items, by their rules
/// (rules/hit_rule.h), over whole batches.

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <utility>
#include <vector>

#include "metrics/metric_pass.h"
#include "rules/hit_rule.h"

namespace assay::metrics {

/// float64 [B], NaN where a request has no relevant item. On any device; the CPU's fast way is
/// AccuracyFamily.
/// @param hits      bool [B, K]
/// @param relevant  int64 [B]
at::Tensor accuracy_values(const rules::HitRule& rule, const at::Tensor& hits,
                           const at::Tensor& relevant, int64_t cutoff);

/// A rule at a cutoff, and the row it fills.
struct AccuracyColumn {
  const rules::HitRule* rule;
  int64_t cutoff;
  int64_t row;
};

/// All accuracy columns of a pass: on the CPU in one walk over each list's hits, elsewhere by
/// accuracy_values.
class AccuracyFamily : public MetricFamily {
 public:
  explicit AccuracyFamily(std::vector<AccuracyColumn> columns);
  void compute(const MetricBatch& batch, const at::Tensor& out) const override;

 private:
  void compute_cpu(const at::Tensor& items, const Ragged& truth, const at::Tensor& out) const;

  std::vector<AccuracyColumn> columns_;
  int64_t widest_ = 0;  // largest cutoff
};

}  // namespace assay::metrics
