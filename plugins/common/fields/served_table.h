#pragma once
// Part of assay::extra, which promises no stable API or ABI: see assay/extra/README.md.

/// The vectors of fields as they serve: in fewer bits, or as they were learnt.

#include <ATen/core/Tensor.h>
#include <assay/context.h>
#include <assay/extra/fields/field_codes.h>
#include <assay/extra/fields/served_precision.h>

#include <cstdint>

namespace assay::extra {

/// A table of vectors that is read, not learnt. A row has the same bits beside any other rows and with
/// any number of threads.
///
/// bf16 and fp16 keep the numbers in 16 bits; int8 keeps each vector in 127 steps of its largest value
/// and a scale, and the first-order weight behind it as it is. Sums are float32.
class ServedTable {
 public:
  ServedTable() = default;
  /// As it is, whose memory it shares.
  /// @param table  float32 [R, width], contiguous, on the CPU
  explicit ServedTable(at::Tensor table) : values_(std::move(table)) {}
  /// @param table    float32 [R, width], contiguous, on the CPU
  /// @param factors  width of the vectors: what stands behind it in a row is a first-order weight
  ServedTable(const at::Tensor& table, int64_t factors, ServedPrecision precision);

  /// As embedded() of field_table.h: float32 [count, fields, width].
  at::Tensor embedded(const FieldCodes& rows, int64_t first, int64_t count) const;

  int64_t numbers() const;
  int64_t bytes() const;

  void save(Archive& archive) const;
  static ServedTable load(const Archive& archive);

 private:
  at::Tensor values_;  // [R, width]; int8: [R, factors]
  at::Tensor scale_;   // int8: float32 [R]
  at::Tensor linear_;  // int8: float32 [R] where rows have a first-order weight
};

}  // namespace assay::extra
