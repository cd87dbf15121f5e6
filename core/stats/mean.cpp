#include "stats/mean.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "stats/distributions.h"
#include "stats/moments.h"

namespace assay::stats {

namespace {

Estimate interval_of(Usable sample, double alpha) {
  require_probability(alpha, "alpha");
  const Moments moments = moments_of(sample.values);
  Estimate estimate;
  estimate.n = moments.n;
  estimate.excluded = sample.excluded;
  estimate.alpha = alpha;
  estimate.method = "mean, Student's t";
  estimate.reason = std::move(sample.reason);
  if (moments.n == 0) return estimate;

  estimate.value = moments.mean;
  if (moments.n == 1) {
    estimate.reason = "a single value shows no spread";
    return estimate;
  }
  const auto& values = sample.values;
  if (std::ranges::all_of(values, [&](double value) { return value == values.front(); })) {
    estimate.value = values.front();
    estimate.reason = fmt::format("all {} values are {:.6g}", values.size(), values.front());
  }
  const double half = t_quantile(1.0 - alpha / 2.0, static_cast<double>(moments.n - 1)) *
                      std::sqrt(moments.variance_of_mean());
  estimate.interval = {*estimate.value - half, *estimate.value + half};
  return estimate;
}

}  // namespace

Estimate mean_interval(std::span<const double> values, double alpha) {
  return interval_of(usable(values), alpha);
}

Estimate mean_interval(std::span<const float> values, double alpha) {
  return interval_of(usable(values), alpha);
}

std::optional<double> sd_over_seeds(std::span<const double> means_by_seed) {
  if (means_by_seed.size() < 2) return std::nullopt;
  return std::sqrt(moments_of(means_by_seed).variance);
}

}  // namespace assay::stats
