#include "stats/quantile_welch.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "error/error.h"
#include "stats/distributions.h"
#include "stats/quantile.h"

namespace assay::stats {

namespace {

constexpr double kZ = 1.959963985;  // as gbstats 0.8.0 rounds it, for equal variances
constexpr double kBeyond = 10.0;    // values on each side of a quantile that can be tested

}  // namespace

double interpolated_quantile(std::span<const double> sorted, double q) {
  error::require(!sorted.empty() && q >= 0.0 && q <= 1.0, "a quantile of some values, q in [0, 1]");
  const double at = static_cast<double>(sorted.size() - 1) * q;
  const auto below = static_cast<size_t>(at);
  const size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (at - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

Moments quantile_moments(int64_t n, double value, double lower, double upper, double n_effective) {
  const auto count = static_cast<double>(n);
  const double error = (upper - lower) / (2.0 * kZ);
  return {n, value, n_effective / count * (count - 1.0) * error * error};
}

Moments quantile_moments(std::span<const double> sorted, double q) {
  const auto n = static_cast<double>(sorted.size());
  const double reach = 1.96 * std::sqrt(q * (1.0 - q) / n);
  return quantile_moments(std::ssize(sorted), interpolated_quantile(sorted, q),
                          interpolated_quantile(sorted, std::max(0.0, q - reach)),
                          interpolated_quantile(sorted, std::min(1.0, q + reach)), n);
}

Difference quantile_test(std::span<const double> a, std::span<const double> b, double q,
                         const WelchOptions& options) {
  require_probability(q, "a quantile");
  Usable sides[2] = {usable(a), usable(b)};
  Difference result;
  result.n = std::ssize(sides[0].values) + std::ssize(sides[1].values);
  result.alpha = options.alpha;
  result.method = quantile_name(q) + " by its interval, Welch's t";
  for (Usable& side : sides) {
    const double beyond = static_cast<double>(side.values.size()) * std::min(q, 1.0 - q);
    if (beyond < kBeyond) {
      result.reason =
          fmt::format("{} needs at least {:.0f} values a side, there are {}", quantile_name(q),
                      std::ceil(kBeyond / std::min(q, 1.0 - q)), side.values.size());
      return result;
    }
    std::ranges::sort(side.values);
  }
  const Moments left = quantile_moments(sides[0].values, q);
  const Moments right = quantile_moments(sides[1].values, q);
  result = welch({left, right, left.mean, right.mean}, options, result.method);
  result.excluded = sides[0].excluded + sides[1].excluded;
  return result;
}

}  // namespace assay::stats
