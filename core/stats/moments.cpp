#include "stats/moments.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

namespace assay::stats {

namespace {

double mean_of(std::span<const double> values) {
  double sum = 0.0;
  for (double value : values) sum += value;
  return values.empty() ? 0.0 : sum / static_cast<double>(values.size());
}

template <typename Number>
Usable usable_numbers(std::span<const Number> values) {
  Usable result;
  result.values.reserve(values.size());
  int64_t infinite = 0;
  for (Number value : values) {
    if (std::isnan(value)) continue;
    if (std::isinf(value)) ++infinite;
    result.values.push_back(static_cast<double>(value));
  }
  result.excluded = std::ssize(values) - std::ssize(result.values);
  if (infinite > 0) {
    result.reason = fmt::format("{} of {} values are infinite", infinite, values.size());
    result.values.clear();
  } else if (values.empty()) {
    result.reason = "there are no values";
  } else if (result.values.empty()) {
    result.reason = fmt::format("none of the {} requests has data", values.size());
  }
  return result;
}

}  // namespace

Moments moments_of(std::span<const double> values) {
  Moments moments{std::ssize(values), mean_of(values), 0.0};
  if (moments.n < 2) return moments;
  double squares = 0.0;
  double rest = 0.0;  // what rounding has left of the sum of deviations (Chan et al. 1983, eq. 1.7)
  for (double value : values) {
    const double deviation = value - moments.mean;
    squares += deviation * deviation;
    rest += deviation;
  }
  const auto n = static_cast<double>(moments.n);
  moments.variance = std::max(0.0, squares - rest * rest / n) / (n - 1.0);
  return moments;
}

void RunningMoments::add(double value) {
  if (n_ == 0) first_ = value;
  constant_ = constant_ && value == first_;
  ++n_;
  sum_ += value;
  const double deviation = value - centre_;
  centre_ += deviation / static_cast<double>(n_);
  squares_ += deviation * (value - centre_);
}

Moments RunningMoments::moments() const {
  if (n_ == 0) return {};
  const auto n = static_cast<double>(n_);
  return {n_, sum_ / n, n_ < 2 || constant_ ? 0.0 : squares_ / (n - 1.0)};
}

Moments moments_from_sums(int64_t n, double sum, double sum_squares) {
  if (n < 1) return {};
  const auto count = static_cast<double>(n);
  const double mean = sum / count;
  const double variance = n < 2 ? 0.0 : (sum_squares - sum * mean) / (count - 1.0);
  return {n, mean, std::max(0.0, variance)};
}

Moments moments_of_proportion(int64_t n, int64_t successes) {
  if (n < 1) return {};
  const double p = static_cast<double>(successes) / static_cast<double>(n);
  return {n, p, p * (1.0 - p)};
}

Usable usable(std::span<const double> values) { return usable_numbers(values); }
Usable usable(std::span<const float> values) { return usable_numbers(values); }

}  // namespace assay::stats
