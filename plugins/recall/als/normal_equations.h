#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "gram.h"
#include "objective.h"

namespace assay::als {

/// The normal equations of one row, kept as a Cholesky factor in float64: solves for a new user and
/// says what each thing seen adds to a score.
class NormalEquations {
 public:
  /// @param products  must live as long as this
  NormalEquations(const Gram& products, const Objective& objective);
  /// Sets the equations of a row that saw `columns` with `confidence`.
  /// Throws InvalidInput where lambda is too small for them even in float64.
  void set(std::span<const int64_t> columns, std::span<const float> confidence);
  /// The solution, [factors].
  const std::vector<double>& solution();
  /// (YᵀY + Yᵀ(C - I)Y + penalty I)⁻¹ y_column: its dot product with (c - offset) y of something
  /// seen is what that adds to the score of `column` (Hu et al. 2008, section 5).
  const std::vector<double>& response(int64_t column);

 private:
  void decompose();
  void substitute(std::vector<double>& b) const;

  const Gram& gram_;
  const float* y_;
  int64_t width_;
  int64_t factors_;
  Objective objective_;
  std::vector<double> matrix_;  // [factors, factors], its lower triangle
  std::vector<double> right_;   // Yᵀ(C - offset I) p
  std::vector<double> row_;
};

}  // namespace assay::als
