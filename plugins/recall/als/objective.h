#pragma once

#include <cmath>
#include <cstdint>

namespace assay::als {

/// What implicit least squares minimises in a row x, the other side Y held fixed. The row solves
///
///     (YᵀY + Yᵀ(C - I)Y + penalty I) x = Yᵀ(C - offset I) p
///
/// where p is 1 for what the row saw and 0 elsewhere, and c is 1 for what it did not see.
///
/// Hu, Koren & Volinsky (2008) have offset 0 and one penalty, lambda. iALS (Rendle et al. 2022,
/// Revisiting the Performance of iALS on Item Recommendation Benchmarks, equations 2 and 4),
///
///     sum over seen of r (1 - x . y)² + w sum over all of (x . y)² + lambda (n + w N)^power |x|²
///
/// divided by the weight w of an unobserved pair is c = 1 + r / w, offset 1 and a penalty that grows
/// with how many of the N others the row saw.
struct Objective {
  /// That of Hu et al.
  Objective(double penalty_of_all)  // NOLINT(google-explicit-constructor)
      : lambda(penalty_of_all) {}
  /// That of iALS.
  /// @param others  N, the rows of the fixed side
  Objective(double penalty_of_a_pair, double unobserved_weight, double frequency_power,
            int64_t others)
      : lambda(penalty_of_a_pair / unobserved_weight),
        power(frequency_power),
        unobserved(unobserved_weight * static_cast<double>(others)),
        offset(1) {}

  /// Of a row that saw so many.
  double penalty(int64_t seen) const {
    return power == 0 ? lambda : lambda * std::pow(static_cast<double>(seen) + unobserved, power);
  }

  double lambda;
  double power = 0;
  double unobserved = 0;  ///< what all unobserved pairs of a row weigh together
  float offset = 0;
};

}  // namespace assay::als
