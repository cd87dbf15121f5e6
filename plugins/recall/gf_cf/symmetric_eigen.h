#pragma once

#include <cstdint>
#include <vector>

namespace assay::gf_cf {

struct EigenPairs {
  std::vector<double> values;   ///< [n], falling
  std::vector<double> vectors;  ///< [n, n], row i: the vector of values[i], of length 1
};

/// All eigenvalues and eigenvectors of a small symmetric matrix: Householder's reduction to three
/// diagonals, then QL with implicit shifts (Golub & Van Loan 2013, sections 8.3.1 and 8.3.5). On one
/// thread: the bits depend on the matrix alone, which a LAPACK of several threads does not promise.
/// Costs about 9 n³ floating-point operations.
/// @param matrix  [n, n], symmetric
EigenPairs symmetric_eigen(std::vector<double> matrix, int64_t n);

}  // namespace assay::gf_cf
