#pragma once

#include <ATen/ops/tensor.h>
#include <assay/batch.h>

#include <limits>
#include <vector>

namespace assay::testing {

constexpr float kMinusInfinity = -std::numeric_limits<float>::infinity();

/// Rows of one width, as they stand: item -1 and score -inf are padding.
inline CandidateBatch batch(const std::vector<std::vector<int64_t>>& items,
                            const std::vector<std::vector<float>>& scores) {
  std::vector<int64_t> item;
  std::vector<float> score;
  for (const auto& row : items) item.insert(item.end(), row.begin(), row.end());
  for (const auto& row : scores) score.insert(score.end(), row.begin(), row.end());
  const auto rows = static_cast<int64_t>(items.size());
  return {at::tensor(item, at::kLong).view({rows, -1}),
          at::tensor(score, at::kFloat).view({rows, -1}),
          {},
          {}};
}

inline Ragged ragged(const std::vector<std::vector<int64_t>>& rows) {
  std::vector<int64_t> values, offsets = {0};
  for (const auto& row : rows) {
    values.insert(values.end(), row.begin(), row.end());
    offsets.push_back(static_cast<int64_t>(values.size()));
  }
  return {at::tensor(values, at::kLong), at::tensor(offsets, at::kLong)};
}

/// Requests 0, 1, ... with these excluded items.
inline RequestBatch requests(const std::vector<std::vector<int64_t>>& excluded) {
  RequestBatch out;
  std::vector<int64_t> number;
  for (size_t i = 0; i < excluded.size(); ++i) number.push_back(static_cast<int64_t>(i));
  out.request = at::tensor(number, at::kLong);
  out.user = out.request.clone();
  out.time_us = out.request.clone();
  out.history = ragged(std::vector<std::vector<int64_t>>(excluded.size()));
  out.excluded = ragged(excluded);
  return out;
}

}  // namespace assay::testing
