#pragma once

#include <ATen/core/Tensor.h>
#include <assay/params.h>

#include <cstdint>

namespace assay {

/// Rows of different lengths, stored end to end (CSR). Row r is `values[offsets[r] .. offsets[r +
/// 1])`. A default-constructed Ragged has no rows.
struct ASSAY_API Ragged {
  at::Tensor values;   ///< [sum of lengths], int64 ids unless the owner says otherwise
  at::Tensor offsets;  ///< int64 [rows + 1], offsets[0] = 0

  /// How many rows.
  int64_t rows() const { return offsets.defined() ? offsets.size(0) - 1 : 0; }

  /// int64 [rows].
  at::Tensor lengths() const;

  /// int64 [sum of lengths]: the row that each value belongs to.
  at::Tensor row_index() const;

  /// [rows, last_n]: the last `last_n` values of each row, in order, flush right, `fill` before
  /// them where the row is shorter (so that the newest value always stands in the last column).
  at::Tensor padded(int64_t last_n, int64_t fill = -1) const;

  /// The rows `first .. first + count` as a Ragged of their own (values are shared, offsets are
  /// fresh).
  Ragged slice(int64_t first, int64_t count) const;

  /// The given rows (int64 [R]) in that order.
  Ragged select(const at::Tensor& rows) const;

  /// The same on another device.
  Ragged to(const at::Device& device) const;

  /// bool [rows, columns]: true where column c is among the values of the row. Values must lie in
  /// 0..columns-1.
  at::Tensor dense(int64_t columns) const;
};

}  // namespace assay
