#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>

namespace assay::ease {

/// How many columns are worked on at once. More need more memory beside the matrix and do more work
/// than the N³ operations that are needed; fewer leave a matrix product too little to do.
inline constexpr int64_t kColumnsAtOnce = 256;

/// How an inversion ended.
enum class Inversion {
  done,
  not_positive_definite,  ///< in the precision of the matrix
  stopped
};

/// Replaces a symmetric positive definite matrix by its inverse, in its own memory.
///
/// LAPACK's potrf and potri (of which LibTorch's spotri takes ten times as long as its products of
/// matrices would) have one triangle as their result; at::cholesky_inverse copies. This does the
/// same N³ operations as products of blocks, which every backend does at full speed:
///
///     A = L Lᵀ, a block of columns after the other, from the left;
///     A⁻¹, a block after the other from the right: with the blocks L1 (on the diagonal) and L2
///     (below) of a block of columns, and P the inverse of what lies behind it,
///         W = L2 L1⁻¹,   P21 = -P W,   P11 = L1⁻ᵀ L1⁻¹ - Wᵀ P21,   P12 = P21ᵀ
///
/// @param matrix  float32 or float64 [N, N], contiguous, on any device. Only its lower triangle is
///                read; the inverse is symmetric to the bit. Lost unless the result is `done`.
/// @param go_on   asked now and then, with the share that is done: false ends it
/// Memory beside the matrix: 3 N kColumnsAtOnce numbers.
Inversion invert_in_place(at::Tensor& matrix, const std::function<bool(double share)>& go_on);

}  // namespace assay::ease
