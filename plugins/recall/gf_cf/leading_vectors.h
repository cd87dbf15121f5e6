#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "tall_matrix.h"

namespace assay::gf_cf {

struct LeadingSettings {
  int64_t count = 256;  ///< how many eigenvectors
  /// Largest residual |A v - theta v| of those, for eigenvalues up to 1; rounding leaves some 1e-12.
  /// An eigenvalue is as exact as the square of it.
  double tolerance = 1e-10;
  int64_t cycles = 200;                        ///< at most so many times the basis is filled
  std::function<bool()> stop = {};             ///< asked between steps; empty: never
  std::function<void(int64_t)> progress = {};  ///< told the number of cycles; empty: nobody
};

struct LeadingVectors {
  TallMatrix vectors;          ///< orthonormal columns; fewer than asked for where the rank is less
  std::vector<double> values;  ///< their eigenvalues, falling, above 0
  double next = 0;             ///< an estimate of the eigenvalue after them
  double residual = 0;         ///< the largest
  int64_t cycles = 0;
  bool converged = false;
};

/// Applies a symmetric, positive semi-definite matrix [n, n] to a block: to := A from.
using Operator = std::function<void(const Block& from, Block& to)>;

/// The eigenvectors of the largest eigenvalues: block Krylov-Schur iteration (Stewart 2002), which
/// for a symmetric matrix is thick-restart Lanczos (Wu & Simon 2000), with full orthogonalisation.
///
/// The basis grows by blocks of A times the last block until it is full; then the best Ritz vectors
/// are kept and it grows on. Many equal eigenvalues (a graph in several components has as many ones)
/// can hide from a Krylov space, so that an answer is only believed after the basis was filled once
/// more from random vectors and nothing changed. Starts are numbers of a counter (Philox) with a
/// fixed key: the space of the leading eigenvectors does not depend on them. The same bits with any
/// number of threads.
/// @param n  rows of the matrix
LeadingVectors leading_vectors(const Operator& apply, int64_t n, const LeadingSettings& settings);

}  // namespace assay::gf_cf
