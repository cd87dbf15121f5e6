#include "stats/studentised.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace assay::stats {

namespace {

// The trapezoid rule converges faster than any power of the step on smooth integrands that vanish
// at both ends, as these do.
constexpr int kOuterSteps = 320;
constexpr int kInnerSteps = 160;
constexpr double kNormalReach = 8.5;

double upper_half(double z) { return 0.5 * std::erfc(z / std::numbers::sqrt2); }
double below(double z) { return upper_half(-z); }
double density(double z) { return std::exp(-0.5 * z * z) / std::sqrt(2.0 * std::numbers::pi); }

/// The mean of integrand(z) over a standard normal z.
template <typename Integrand>
double over_normal(Integrand integrand) {
  const double step = 2.0 * kNormalReach / kInnerSteps;
  double sum = 0.0;
  for (int i = 1; i < kInnerSteps; ++i) {
    const double z = -kNormalReach + i * step;
    sum += density(z) * integrand(z);
  }
  return sum * step;
}

/// The mean of integrand(s) over s = sqrt(chi-square / degrees). In u = ln s the density is
/// proportional to exp(f (u - exp(2 u) / 2)), which vanishes fast on both sides of u = 0.
template <typename Integrand>
double over_scale(double degrees, Integrand integrand) {
  const double log_constant =
      degrees / 2.0 * std::log(degrees / 2.0) - std::lgamma(degrees / 2.0) + std::log(2.0);
  const double low = -26.0 / degrees - 9.5 / std::sqrt(2.0 * degrees);
  const double high =
      std::min(9.5 / std::sqrt(2.0 * degrees), 0.5 * std::log(90.0 / degrees + 10.0));
  const double step = (high - low) / kOuterSteps;
  double sum = 0.0;
  for (int i = 0; i <= kOuterSteps; ++i) {
    const double u = low + i * step;
    const double log_density = log_constant + degrees * (u - 0.5 * std::exp(2.0 * u));
    if (log_density > -45.0) sum += std::exp(log_density) * integrand(std::exp(u));
  }
  return sum * step;
}

template <typename Cdf>
double invert(Cdf cdf, double p) {
  double low = 0.0;
  double high = 4.0;
  while (cdf(high) < p && high < 1e6) high *= 2.0;
  for (int step = 0; step < 40; ++step) {
    const double middle = 0.5 * (low + high);
    (cdf(middle) < p ? low : high) = middle;
  }
  return 0.5 * (low + high);
}

}  // namespace

double studentised_range_cdf(double q, double groups, double degrees_of_freedom) {
  if (q <= 0.0) return 0.0;
  const double cdf = over_scale(degrees_of_freedom, [&](double s) {
    return over_normal(
        [&](double z) { return groups * std::pow(below(z) - below(z - q * s), groups - 1.0); });
  });
  return std::min(1.0, cdf);
}

double studentised_range_quantile(double p, double groups, double degrees_of_freedom) {
  return invert([&](double q) { return studentised_range_cdf(q, groups, degrees_of_freedom); }, p);
}

double dunnett_cdf(double t, std::span<const double> loadings, double degrees_of_freedom) {
  if (t <= 0.0) return 0.0;
  const double cdf = over_scale(degrees_of_freedom, [&](double s) {
    return over_normal([&](double z) {
      double all = 1.0;
      for (double loading : loadings) {
        const double rest = std::sqrt(1.0 - loading * loading);
        all *= below((t * s - loading * z) / rest) - below((-t * s - loading * z) / rest);
      }
      return all;
    });
  });
  return std::min(1.0, cdf);
}

double dunnett_quantile(double p, std::span<const double> loadings, double degrees_of_freedom) {
  return invert([&](double t) { return dunnett_cdf(t, loadings, degrees_of_freedom); }, p);
}

}  // namespace assay::stats
