#include "stats/proportions.h"

#include <algorithm>
#include <cmath>

#include "error/error.h"
#include "stats/distributions.h"

namespace assay::stats {

namespace {

const char* name_of(ProportionInterval kind) {
  switch (kind) {
    case ProportionInterval::wilson:
      return "proportion, Wilson";
    case ProportionInterval::clopper_pearson:
      return "proportion, Clopper-Pearson";
    case ProportionInterval::wald:
      return "proportion, Wald";
    case ProportionInterval::agresti_coull:
      return "proportion, Agresti-Coull";
    case ProportionInterval::jeffreys:
      return "proportion, Jeffreys";
  }
  return "";
}

Interval around(double centre, double half) { return {centre - half, centre + half}; }

/// Quantiles of Beta(x + more, n - x + more'), closed at the ends of [0, 1].
Interval beta_interval(double x, double n, double alpha, bool jeffreys) {
  const double low_a = jeffreys ? x + 0.5 : x;
  const double low_b = jeffreys ? n - x + 0.5 : n - x + 1.0;
  const double high_a = jeffreys ? x + 0.5 : x + 1.0;
  const double high_b = jeffreys ? n - x + 0.5 : n - x;
  return {x == 0.0 ? 0.0 : beta_quantile(alpha / 2.0, low_a, low_b),
          x == n ? 1.0 : beta_quantile(1.0 - alpha / 2.0, high_a, high_b)};
}

Interval interval_of(double x, double n, ProportionInterval kind, double alpha) {
  const double z = normal_quantile(1.0 - alpha / 2.0);
  const double p = x / n;
  const double centre = (x + z * z / 2.0) / (n + z * z);
  switch (kind) {
    case ProportionInterval::wilson:
      return around(centre,
                    z * std::sqrt(n) / (n + z * z) * std::sqrt(p * (1.0 - p) + z * z / (4.0 * n)));
    case ProportionInterval::agresti_coull:
      return around(centre, z * std::sqrt(centre * (1.0 - centre) / (n + z * z)));
    case ProportionInterval::wald:
      return around(p, z * std::sqrt(p * (1.0 - p) / n));
    case ProportionInterval::clopper_pearson:
      return beta_interval(x, n, alpha, false);
    case ProportionInterval::jeffreys:
      return beta_interval(x, n, alpha, true);
  }
  return {0.0, 1.0};
}

double share_of(int64_t successes, int64_t n) {
  return static_cast<double>(successes) / static_cast<double>(n);
}

}  // namespace

Estimate proportion(int64_t successes, int64_t n, ProportionInterval kind, double alpha) {
  require_probability(alpha, "alpha");
  error::require(successes >= 0 && successes <= n, "successes lie between 0 and n");
  Estimate result;
  result.n = n;
  result.alpha = alpha;
  result.method = name_of(kind);
  if (n == 0) {
    result.reason = "there are no values";
    return result;
  }
  result.value = share_of(successes, n);
  result.interval =
      interval_of(static_cast<double>(successes), static_cast<double>(n), kind, alpha);
  return result;
}

Difference proportions_z(int64_t successes_a, int64_t n_a, int64_t successes_b, int64_t n_b,
                         double alpha) {
  require_probability(alpha, "alpha");
  Difference result;
  result.n = n_a + n_b;
  result.alpha = alpha;
  result.method = "z of two proportions, pooled";
  if (n_a == 0 || n_b == 0) {
    result.reason = "there are no values on one side";
    return result;
  }
  const double a = share_of(successes_a, n_a);
  const double b = share_of(successes_b, n_b);
  const double pooled = share_of(successes_a + successes_b, n_a + n_b);
  result.value = b - a;
  if (pooled == 0.0 || pooled == 1.0) {
    result.reason = "neither sample has any spread";
    return result;
  }
  const auto count_a = static_cast<double>(n_a);
  const auto count_b = static_cast<double>(n_b);
  result.standard_error = std::sqrt(pooled * (1.0 - pooled) * (1.0 / count_a + 1.0 / count_b));
  result.p = normal_two_sided(*result.value / *result.standard_error);
  const double own = std::sqrt(a * (1.0 - a) / count_a + b * (1.0 - b) / count_b);
  result.interval = around(*result.value, normal_quantile(1.0 - alpha / 2.0) * own);
  return result;
}

double mcnemar_exact(int64_t b, int64_t c) {
  error::require(b >= 0 && c >= 0, "counts are not negative");
  if (b + c == 0) return 1.0;
  return std::min(1.0, 2.0 * binomial_cdf(std::min(b, c), b + c, 0.5));
}

}  // namespace assay::stats
