#include "stats/effect_size.h"

#include <cmath>

#include "error/error.h"
#include "stats/mann_whitney.h"

namespace assay::stats {

double cohen_d(const Moments& a, const Moments& b) {
  error::require(a.n >= 2 && b.n >= 2, "an effect size needs two values on each side");
  const auto free_a = static_cast<double>(a.n - 1);
  const auto free_b = static_cast<double>(b.n - 1);
  const double pooled = (free_a * a.variance + free_b * b.variance) / (free_a + free_b);
  error::require(pooled > 0.0, "an effect size needs some spread");
  return (b.mean - a.mean) / std::sqrt(pooled);
}

double hedges_g(const Moments& a, const Moments& b) {
  const auto n = static_cast<double>(a.n + b.n);
  return cohen_d(a, b) * (1.0 - 3.0 / (4.0 * n - 9.0));
}

double cliffs_delta(std::span<const double> a, std::span<const double> b) {
  error::require(!a.empty() && !b.empty(), "both samples have values");
  const double pairs = static_cast<double>(a.size()) * static_cast<double>(b.size());
  return 2.0 * mann_whitney(a, b).u / pairs - 1.0;
}

}  // namespace assay::stats
