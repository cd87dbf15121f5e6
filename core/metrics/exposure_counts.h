#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <map>
#include <vector>

namespace assay::metrics {

/// How many lists hold each item within their first k, summed over batches: what coverage, Gini and
/// entropy are made of (core/exposure). Counts add up over shards in any order.
class ExposureCounts {
 public:
  /// @param items  N
  ExposureCounts(int64_t items, const std::vector<int64_t>& cutoffs);

  /// @param lists  int64 [B, K], -1 pads; rows that only pad the batch must be cut off before
  void add(const at::Tensor& lists);

  /// int32 [N] on the CPU. `cutoff` is one of the constructor's, else std::out_of_range.
  at::Tensor counts(int64_t cutoff) const;

 private:
  int64_t items_;
  std::map<int64_t, at::Tensor> counts_;  // on the device of the lists
};

}  // namespace assay::metrics
