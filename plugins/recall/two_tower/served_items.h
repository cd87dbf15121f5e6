#pragma once

#include <assay/batch.h>

#include <cstdint>
#include <vector>

namespace assay::two_tower {

/// Best dot products over the items about which something is known. Others are never brought: their
/// vectors say nothing.
class ServedItems {
 public:
  ServedItems() = default;
  /// @param vectors  float32 [N, D]
  /// @param served   bool [N]
  ServedItems(const at::Tensor& vectors, const at::Tensor& served);

  CandidateBatch nearest(const at::Tensor& queries, int64_t k, const RequestBatch& requests) const;

 private:
  Ragged among(const Ragged& items) const;

  bool all_ = true;
  at::Tensor vectors_;          // float32 [M, D], of those that are served
  at::Tensor ids_;              // int64 [M], ascending
  std::vector<int64_t> place_;  // [N], -1 where not served
};

}  // namespace assay::two_tower
