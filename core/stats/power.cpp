#include "stats/power.h"

#include <cmath>
#include <utility>

#include "error/error.h"
#include "stats/distributions.h"

namespace assay::stats {

namespace {

constexpr double kNormalAbove = 10'000.0;  // degrees of freedom

/// The x in [low, high] where the rising function reaches `target`.
template <typename Function>
double solve_rising(Function function, double target, double low, double high) {
  for (int step = 0; step < 200 && high - low > 1e-12 * high; ++step) {
    const double middle = 0.5 * (low + high);
    (function(middle) < target ? low : high) = middle;
  }
  return 0.5 * (low + high);
}

/// The sample size, from `least` on, at which power is reached; power_at rises with n.
template <typename Function>
double solve_size(Function power_at, double least, double power) {
  double high = 2.0 * least;
  while (power_at(high) < power) high *= 2.0;
  return solve_rising(power_at, power, least, high);
}

void require_power(const PowerOptions& options) {
  require_probability(options.alpha, "alpha");
  require_probability(options.power, "power");
}

}  // namespace

double power_of_t(double noncentrality, double degrees_of_freedom, double alpha) {
  require_probability(alpha, "alpha");
  error::require(degrees_of_freedom > 0.0, "a t test has degrees of freedom");
  const double ncp = std::abs(noncentrality);
  if (degrees_of_freedom > kNormalAbove) {
    const double z = normal_quantile(1.0 - alpha / 2.0);
    return normal_cdf(ncp - z) + normal_cdf(-ncp - z);
  }
  const double t = t_quantile(1.0 - alpha / 2.0, degrees_of_freedom);
  // Certain, and beyond what the noncentral form can be asked for.
  if (ncp > 20.0 * t && ncp > 100.0) return 1.0;
  return 1.0 - noncentral_t_cdf(t, degrees_of_freedom, ncp) +
         noncentral_t_cdf(-t, degrees_of_freedom, ncp);
}

double detectable_noncentrality(double degrees_of_freedom, const PowerOptions& options) {
  require_power(options);
  error::require(options.power > options.alpha, "power exceeds alpha");
  const auto power_at = [&](double ncp) {
    return power_of_t(ncp, degrees_of_freedom, options.alpha);
  };
  double high = 4.0;
  while (power_at(high) < options.power) high *= 2.0;
  return solve_rising(power_at, options.power, 0.0, high);
}

double minimum_detectable_effect(double standard_error, double degrees_of_freedom,
                                 const PowerOptions& options) {
  if (standard_error == 0.0) return 0.0;
  return standard_error * detectable_noncentrality(degrees_of_freedom, options);
}

std::optional<double> paired_minimum_detectable_effect(int64_t n, double sd,
                                                       const PowerOptions& options) {
  if (n < 2) return std::nullopt;
  const auto count = static_cast<double>(n);
  return minimum_detectable_effect(sd / std::sqrt(count), count - 1.0, options);
}

double two_sample_minimum_detectable_effect(int64_t n_a, int64_t n_b, double sd,
                                            const PowerOptions& options) {
  require_power(options);
  error::require(n_a > 0 && n_b > 0, "both samples have values");
  const double sum = normal_quantile(1.0 - options.alpha / 2.0) + normal_quantile(options.power);
  return sum * sd * std::sqrt(1.0 / static_cast<double>(n_a) + 1.0 / static_cast<double>(n_b));
}

double pairs_needed(double effect, const PowerOptions& options) {
  require_power(options);
  error::require(effect != 0.0, "an effect to be found is not 0");
  const auto power_at = [&](double n) {
    return power_of_t(effect * std::sqrt(n), n - 1.0, options.alpha);
  };
  return solve_size(power_at, 2.0, options.power);
}

double PairSpread::standard_error(int64_t n) const {
  return std::sqrt(sd * sd / static_cast<double>(n) + variance_beside_pairs);
}

std::optional<double> pairs_needed(double effect, const PairSpread& spread,
                                   const PowerOptions& options) {
  if (spread.sd <= 0.0) return std::nullopt;
  // effect^2 = c^2 (sd^2 / n + rest): what is left after the rest is for the pairs.
  const double c = detectable_noncentrality(spread.degrees_of_freedom, options);
  const double left = effect * effect - spread.variance_beside_pairs * c * c;
  if (left <= 0.0) return std::nullopt;
  // So many that t is normal, and beyond what its noncentral form can be asked for.
  const double large = c * c * spread.sd * spread.sd / left;
  if (large > 1e6) return std::ceil(large);
  return std::ceil(pairs_needed(std::sqrt(left) / spread.sd, options));
}

double values_needed_per_group(double effect, const PowerOptions& options) {
  require_power(options);
  error::require(effect != 0.0, "an effect to be found is not 0");
  const auto power_at = [&](double n) {
    return power_of_t(effect * std::sqrt(n / 2.0), 2.0 * n - 2.0, options.alpha);
  };
  return solve_size(power_at, 2.0, options.power);
}

double cohen_h(double p1, double p2) {
  error::require(p1 >= 0.0 && p1 <= 1.0 && p2 >= 0.0 && p2 <= 1.0, "a proportion lies in [0, 1]");
  return 2.0 * (std::asin(std::sqrt(p2)) - std::asin(std::sqrt(p1)));
}

double proportions_needed_per_group(double p1, double p2, const PowerOptions& options) {
  require_power(options);
  const double h = cohen_h(p1, p2);
  error::require(h != 0.0, "an effect to be found is not 0");
  const double z = normal_quantile(1.0 - options.alpha / 2.0);
  const auto power_at = [&](double n) {
    const double ncp = std::abs(h) * std::sqrt(n / 2.0);
    return normal_cdf(ncp - z) + normal_cdf(-ncp - z);
  };
  return solve_size(power_at, 2.0, options.power);
}

}  // namespace assay::stats
