#pragma once
// Part of assay::extra, which promises no stable API or ABI: see assay/extra/README.md.

/// A matrix in fewer bits, and products with it.

#include <ATen/core/Tensor.h>
#include <assay/context.h>
#include <assay/extra/fields/served_precision.h>

#include <cstdint>
#include <string>

namespace assay::extra {

/// Rows of whole numbers with a scale each.
struct ScaledRows {
  at::Tensor values;  ///< int8 [R, D]
  at::Tensor scale;   ///< float32 [R], what the numbers are multiplied by
};

/// Rows rounded to whole numbers of -largest .. largest, each by its own largest value: an element is
/// off by at most half of its row's scale, which is that value / `largest`. A row of zeros has the
/// scale 1; one with NaN or infinity a scale that is not finite.
/// @param rows     float32 [R, D], on the CPU
/// @param largest  1 to 127
ScaledRows scaled_rows(const at::Tensor& rows, int largest);

/// A matrix as it serves.
///
/// - bf16: product in bfloat16 (8 bits of mantissa), its sums in float32, rounded to bfloat16
/// - fp16: kept in float16 (11 bits), multiplied in float32
/// - int8: each row of the matrix rounded to 63 steps of its largest value, as each row that comes in
///   is (dynamic quantisation); sums are exact whole numbers, so that a row of a product has the same
///   bits beside any other rows, on every CPU. Seven bits, since eight overflow the 16-bit sums of CPUs
///   without VNNI and are then wrong without an error.
class ServedMatrix {
 public:
  /// @param matrix  float32 [out, in], on the CPU
  ServedMatrix(const at::Tensor& matrix, ServedPrecision precision);

  /// float32 [B, out]: rows * matrix^T + bias. No gradients.
  /// @param rows  float32 [B, in]
  /// @param bias  float32 [out], or not defined
  at::Tensor product(const at::Tensor& rows, const at::Tensor& bias) const;

  int64_t numbers() const { return values_.numel(); }
  int64_t zeros() const;
  int64_t bytes() const;

  void save(Archive& archive, const std::string& name) const;
  static ServedMatrix load(const Archive& archive, const std::string& name);

 private:
  ServedMatrix() = default;

  at::Tensor values_;  // [out, in] in its precision
  at::Tensor scale_;   // int8: float32 [out]
};

}  // namespace assay::extra
