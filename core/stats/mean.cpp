#include "stats/mean.h"

#include <fmt/core.h>

#include <cmath>

#include "stats/distributions.h"
#include "stats/moments.h"

namespace assay::stats {

namespace {

template <typename Number>
Gathered gather(std::span<const Number> values) {
  Gathering gathering(ClusterOrder::apart, std::ssize(values));
  for (const Number value : values) gathering.add(static_cast<double>(value));
  return gathering.gathered();
}

}  // namespace

Estimate mean_interval(const Gathered& sample, double alpha) {
  require_probability(alpha, "alpha");
  const Moments& moments = sample.moments;
  Estimate estimate;
  estimate.n = moments.n;
  estimate.excluded = sample.excluded;
  estimate.alpha = alpha;
  estimate.method = "mean, Student's t";
  estimate.reason = sample.reason;
  if (moments.n == 0) return estimate;

  estimate.value = moments.mean;
  if (moments.n == 1) {
    estimate.reason = "a single value shows no spread";
    return estimate;
  }
  if (sample.constant) {
    estimate.value = sample.constant;
    estimate.reason = fmt::format("all {} values are {:.6g}", moments.n, *sample.constant);
  }
  const double half = t_quantile(1.0 - alpha / 2.0, static_cast<double>(moments.n - 1)) *
                      std::sqrt(moments.variance_of_mean());
  estimate.interval = {*estimate.value - half, *estimate.value + half};
  return estimate;
}

Estimate mean_interval(std::span<const double> values, double alpha) {
  return mean_interval(gather(values), alpha);
}

Estimate mean_interval(std::span<const float> values, double alpha) {
  return mean_interval(gather(values), alpha);
}

std::optional<double> sd_over_seeds(std::span<const double> means_by_seed) {
  if (means_by_seed.size() < 2) return std::nullopt;
  return std::sqrt(moments_of(means_by_seed).variance);
}

}  // namespace assay::stats
