#pragma once
// Part of assay::extra, which promises no stable API or ABI: see assay/extra/README.md.

/// One table for the vectors of all fields: a lookup for all of them at once, and its gradient.

#include <ATen/core/Tensor.h>
#include <assay/extra/factors/row_adam.h>
#include <assay/extra/factors/touched_rows.h>
#include <assay/extra/fields/field_codes.h>

#include <cstdint>
#include <span>
#include <vector>

namespace assay::extra {

/// float32 [rows, fields, width]: the vector of each field of each row. A row has the same bits beside
/// any other rows and with any number of threads.
/// @param table  float32 [R, width], contiguous, on the CPU
at::Tensor embedded(const FieldCodes& rows, const at::Tensor& table);
/// The same of `count` rows from `first` on.
at::Tensor embedded(const FieldCodes& rows, int64_t first, int64_t count, const at::Tensor& table);

/// What a loss says of embedded rows.
struct FieldGradient {
  const FieldCodes* rows;
  at::Tensor gradient;  ///< float32 [rows, fields, width]
};

/// The table while it learns: Adam over the rows that a step touches (row_adam.h).
class FieldTable {
 public:
  FieldTable() = default;
  /// @param table  float32 [R, width], contiguous, on the CPU; updated in place
  FieldTable(at::Tensor table, const AdamSettings& settings);

  const at::Tensor& table() const { return table_; }
  /// A step. Gradients of a row add up in the order in which they are given.
  void step(std::span<const FieldGradient> gradients);

  void keep(Archive& archive) const { adam_.keep(archive, "adam.table"); }
  void restore(const Archive& archive) { adam_.restore(archive, "adam.table"); }

 private:
  void add(const FieldGradient& gradient);
  void add(int64_t code, float weight, const float* gradient);

  at::Tensor table_;
  RowAdam adam_;
  TouchedRows touched_;
  std::vector<float> sums_;  // [touched, width]
};

}  // namespace assay::extra
