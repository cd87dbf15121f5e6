#pragma once

/// Batches and tensors from plain lists.

#include <ATen/core/Tensor.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/tensor.h>
#include <assay/batch.h>

#include <cstdint>
#include <optional>
#include <vector>

namespace assay::testing {

using Lists = std::vector<std::vector<int64_t>>;

inline Ragged ragged(const Lists& rows) {
  std::vector<int64_t> values, offsets = {0};
  for (const auto& row : rows) {
    values.insert(values.end(), row.begin(), row.end());
    offsets.push_back(static_cast<int64_t>(values.size()));
  }
  return {at::tensor(values, at::kLong), at::tensor(offsets, at::kLong)};
}

inline RequestBatch requests(int64_t size, const std::optional<Lists>& excluded = {},
                             const std::optional<Lists>& allowed = {}) {
  RequestBatch batch;
  batch.request = at::arange(size, at::TensorOptions().dtype(at::kLong));
  if (excluded) batch.excluded = ragged(*excluded);
  if (allowed) batch.allowed = ragged(*allowed);
  return batch;
}

inline at::Tensor matrix(const std::vector<std::vector<float>>& rows) {
  std::vector<float> flat;
  for (const auto& row : rows) flat.insert(flat.end(), row.begin(), row.end());
  return at::tensor(flat, at::kFloat)
      .view({static_cast<int64_t>(rows.size()), rows.empty() ? 0 : int64_t(rows[0].size())});
}

inline std::vector<int64_t> integers(const at::Tensor& tensor) {
  const at::Tensor flat = tensor.to(at::kLong).contiguous();
  return {flat.const_data_ptr<int64_t>(), flat.const_data_ptr<int64_t>() + flat.numel()};
}

inline std::vector<float> floats(const at::Tensor& tensor) {
  const at::Tensor flat = tensor.to(at::kFloat).contiguous();
  return {flat.const_data_ptr<float>(), flat.const_data_ptr<float>() + flat.numel()};
}

}  // namespace assay::testing
