#pragma once

/// The rows of a RequestBatch as plain pointers, for loops on the CPU.

#include <ATen/core/Tensor.h>
#include <assay/batch.h>

#include <optional>
#include <span>

#include "kernels/check.h"
#include "kernels/selector.h"

namespace assay::kernels {

/// A Ragged of int64 on the CPU; keeps its tensors alive. One without rows has an empty row for
/// every request.
class RaggedRows {
 public:
  explicit RaggedRows(const Ragged& ragged) {
    if (ragged.rows() == 0) return;
    values_ = ragged.values.contiguous();
    offsets_ = ragged.offsets.contiguous();
    value_ = values_.const_data_ptr<int64_t>();
    offset_ = offsets_.const_data_ptr<int64_t>();
  }
  const int64_t* begin(int64_t row) const { return offset_ ? value_ + offset_[row] : nullptr; }
  const int64_t* end(int64_t row) const { return offset_ ? value_ + offset_[row + 1] : nullptr; }

 private:
  at::Tensor values_, offsets_;
  const int64_t* value_ = nullptr;
  const int64_t* offset_ = nullptr;
};

/// What a row may hold.
class RequestRows {
 public:
  explicit RequestRows(const RequestBatch& requests) : excluded_(requests.excluded) {
    if (requests.allowed) allowed_.emplace(*requests.allowed);
  }
  ForbiddenCursor forbidden(int64_t row) const {
    return {excluded_.begin(row), excluded_.end(row)};
  }
  std::span<const int64_t> excluded(int64_t row) const {
    return {excluded_.begin(row), excluded_.end(row)};
  }
  /// nullptr where everything is allowed.
  const RaggedRows* allowed() const { return allowed_ ? &*allowed_ : nullptr; }

 private:
  RaggedRows excluded_;
  std::optional<RaggedRows> allowed_;
};

/// Refuses what is not one row of scores, or one query, a request.
inline void expect_rows(const char* function, const at::Tensor& rows, const RequestBatch& requests,
                        int64_t k) {
  const std::string batch = std::to_string(requests.size());
  expect(k >= 0, function, "k must be at least 0, not " + std::to_string(k), rows);
  expect(rows.size(0) == requests.size(), function,
         "one row for each of the " + batch + " requests", rows);
  for (const Ragged* ragged :
       {&requests.excluded, requests.allowed ? &*requests.allowed : nullptr}) {
    if (ragged == nullptr || ragged->rows() == 0) continue;
    expect(ragged->rows() == requests.size(), function,
           "excluded and allowed must have " + batch + " rows", ragged->offsets);
    expect(ragged->values.scalar_type() == at::kLong, function,
           "excluded and allowed must hold int64", ragged->values);
  }
}

/// Refuses an allowed item that the catalogue does not have.
inline void expect_item(const char* function, int64_t item, int64_t items) {
  if (item >= 0 && item < items) return;
  throw std::invalid_argument(std::string(function) + ": allowed names item " +
                              std::to_string(item) + " of " + std::to_string(items));
}

}  // namespace assay::kernels
