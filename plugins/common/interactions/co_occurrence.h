#pragma once
// Part of assay::extra, which promises no stable API or ABI: see assay/extra/README.md.

/// How many users items share, row by row or as a matrix.

#include <ATen/core/Tensor.h>
#include <assay/batch.h>
#include <assay/extra/interactions/pair_values.h>
#include <assay/extra/interactions/pair_weights.h>

#include <cstdint>
#include <functional>
#include <span>

namespace assay::extra {

/// One row of the co-occurrence matrix XᵀX, where X is the users by items matrix of positives: of
/// ones, or of what each pair counts.
struct CoOccurrenceRow {
  int64_t item;  ///< the row
  std::span<const int32_t>
      others;            ///< the items that share a user with it, itself too; in no order
  const int32_t* count;  ///< [N]; count[other] = users that were positive about both
  const double* weighted = nullptr;  ///< [N]; the sum over these users of x_ui x_uj; null: of ones

  /// The entry of the matrix.
  double of(int32_t other) const { return weighted ? weighted[other] : count[other]; }
};

/// Calls `body` once for every item, from several threads: a body may write only what belongs to
/// its item. The product of a sparse matrix with itself, row by row (Gustavson 1978, Two Fast
/// Algorithms for Sparse Matrices): nothing of size N x N is ever stored. Counts are integers, so no
/// order of summation shows in them; weighted entries are summed in the order of user ids, so the
/// matrix is symmetric to the bit.
void for_each_co_occurrence(const TrainingView& data, const PairWeights& weights,
                            const std::function<void(const CoOccurrenceRow&)>& body);

/// The same for the product of two matrices on the positive pairs: the entry of items i and j is
/// the sum over their common users u of values.by_item(i, u) values.by_user(u, j), summed in the
/// order of user ids. Where a pair has the same value on both sides the matrix is symmetric to the
/// bit.
void for_each_co_occurrence(const TrainingView& data, const PairValues& values,
                            const std::function<void(const CoOccurrenceRow&)>& body);

/// The whole matrix XᵀX, on the CPU.
/// @param dtype  at::kDouble or at::kFloat
/// @return [N, N]; without weights the diagonal holds how many users were positive about each item
at::Tensor co_occurrence_matrix(const TrainingView& data, const PairWeights& weights,
                                at::ScalarType dtype);

}  // namespace assay::extra
