#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "confidence_matrix.h"
#include "objective.h"

namespace assay::als {

/// Brings every row of `x` closer to its solution by one pass over its factors in blocks, each
/// solved exactly with the others held (Rendle et al. 2021, iALS++: Speeding up Matrix Factorization
/// with Subspace Optimization, algorithm 3): a row of n values costs 2 n d b + d b² instead of
/// n d² + d³ / 3 for d factors in blocks of b. A block of all factors is the exact solution.
///
/// The same bits with any number of threads: rows are solved one by one.
/// @param y        float32 [columns, width], the fixed side, width a padded_width
/// @param factors  how many of `width` are in use
/// @param block    factors of a block, at least 1
/// @param x        float32 [rows of seen, width]; a row without a value becomes 0
/// Throws InvalidInput where lambda is too small for the equations of a block.
void solve_by_blocks(const ConfidenceMatrix& seen, const at::Tensor& y, int64_t factors,
                     const Objective& objective, int64_t block, at::Tensor& x);

}  // namespace assay::als
