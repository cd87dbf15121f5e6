#pragma once
// Part of assay::extra, which promises no stable API or ABI: see assay/extra/README.md.

/// How many users items share, row by row or as a matrix.

#include <ATen/core/Tensor.h>
#include <assay/batch.h>

#include <cstdint>
#include <functional>
#include <span>

namespace assay::extra {

/// One row of the co-occurrence matrix XᵀX, where X is the users by items matrix of positives.
struct CoOccurrenceRow {
  int64_t item;  ///< the row
  std::span<const int32_t>
      others;            ///< the items that share a user with it, itself too; in no order
  const int32_t* count;  ///< [N]; count[other] = users that were positive about both
};

/// Calls `body` once for every item, from several threads: a body may write only what belongs to
/// its item. The product of a sparse matrix with itself, row by row (Gustavson 1978, Two Fast
/// Algorithms for Sparse Matrices): nothing of size N x N is ever stored, and counts are integers,
/// so no order of summation shows in them.
void for_each_co_occurrence(const TrainingView& data,
                            const std::function<void(const CoOccurrenceRow&)>& body);

/// The whole matrix XᵀX, on the CPU.
/// @param dtype  at::kDouble or at::kFloat
/// @return [N, N]; the diagonal holds how many users were positive about each item
at::Tensor co_occurrence_matrix(const TrainingView& data, at::ScalarType dtype);

}  // namespace assay::extra
