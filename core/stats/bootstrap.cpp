#include "stats/bootstrap.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "error/error.h"
#include "stats/distributions.h"
#include "stats/moments.h"

namespace assay::stats {

namespace {

/// The replicate of rank `rank` from 1; what lies beyond an end is that end.
double at_rank(std::span<const double> sorted, double rank) {
  const auto last = static_cast<double>(sorted.size());
  return sorted[static_cast<size_t>(std::clamp(rank, 1.0, last)) - 1];
}

/// (B + 1) times a share, freed of rounding: 10,000 * 0.025 is 250, not 249.999...
double place_of(std::span<const double> sorted, double share) {
  const double place = static_cast<double>(sorted.size() + 1) * share;
  const double whole = std::round(place);
  return std::abs(place - whole) < 1e-9 * std::max(1.0, place) ? whole : place;
}

struct Skew {
  double squares = 0.0;
  double cubes = 0.0;

  /// Adds the jackknife deviations of a mean, `sign` (x - mean) / (n - 1).
  void add(std::span<const double> values, double sign) {
    const Moments moments = moments_of(values);
    if (moments.n < 2) return;
    for (double value : values) {
      const double d = sign * (value - moments.mean) / static_cast<double>(moments.n - 1);
      squares += d * d;
      cubes += d * d * d;
    }
  }
  double acceleration() const {
    return squares > 0.0 ? cubes / (6.0 * std::pow(squares, 1.5)) : 0.0;
  }
};

}  // namespace

BootstrapDistribution::BootstrapDistribution(std::vector<double> replicates, double estimate)
    : sorted_(std::move(replicates)), estimate_(estimate) {
  error::require(!sorted_.empty(), "a bootstrap distribution has at least one replicate");
  std::ranges::sort(sorted_);
}

Interval BootstrapDistribution::percentile(double alpha) const {
  require_probability(alpha, "alpha");
  const double tail = std::floor(place_of(sorted_, alpha / 2.0));
  const auto mirrored = static_cast<double>(sorted_.size() + 1) - tail;
  return {at_rank(sorted_, tail), at_rank(sorted_, mirrored)};
}

Interval BootstrapDistribution::basic(double alpha) const {
  const Interval ends = percentile(alpha);
  return {2.0 * estimate_ - ends.high, 2.0 * estimate_ - ends.low};
}

Interval BootstrapDistribution::bca(double alpha, double acceleration) const {
  require_probability(alpha, "alpha");
  const auto [first, last] = std::ranges::equal_range(sorted_, estimate_);
  const auto below = static_cast<double>(first - sorted_.begin());
  const auto equal = static_cast<double>(last - first);
  const auto count = static_cast<double>(sorted_.size());
  const double share = std::clamp((below + equal / 2.0) / count, 0.5 / count, 1.0 - 0.5 / count);
  const double bias = normal_quantile(share);
  const auto shifted = [&](double z) {
    return place_of(sorted_, normal_cdf(bias + (bias + z) / (1.0 - acceleration * (bias + z))));
  };
  const double z = normal_quantile(1.0 - alpha / 2.0);
  return {at_rank(sorted_, std::floor(shifted(-z))), at_rank(sorted_, std::ceil(shifted(z)))};
}

double BootstrapDistribution::p_two_sided(double null_value) const {
  const auto [first, last] = std::ranges::equal_range(sorted_, null_value);
  const auto at_most = static_cast<double>(last - sorted_.begin());
  const auto at_least = static_cast<double>(sorted_.end() - first);
  const auto count = static_cast<double>(sorted_.size());
  return std::min(1.0, 2.0 * (1.0 + std::min(at_most, at_least)) / (count + 1.0));
}

double BootstrapDistribution::p_greater(double bound) const {
  const auto at_most =
      static_cast<double>(std::ranges::upper_bound(sorted_, bound) - sorted_.begin());
  return (1.0 + at_most) / (static_cast<double>(sorted_.size()) + 1.0);
}

double BootstrapDistribution::p_less(double bound) const {
  const auto at_least =
      static_cast<double>(sorted_.end() - std::ranges::lower_bound(sorted_, bound));
  return (1.0 + at_least) / (static_cast<double>(sorted_.size()) + 1.0);
}

double BootstrapDistribution::standard_error() const {
  return std::sqrt(moments_of(sorted_).variance);
}

double acceleration_of_mean(std::span<const double> values) {
  Skew skew;
  skew.add(values, 1.0);
  return skew.acceleration();
}

double acceleration_of_difference(std::span<const double> a, std::span<const double> b) {
  Skew skew;
  skew.add(a, -1.0);
  skew.add(b, 1.0);
  return skew.acceleration();
}

}  // namespace assay::stats
