#include "ope/intervals.h"

#include <algorithm>
#include <cmath>

#include "stats/distributions.h"

namespace assay::ope {

stats::Interval normal_interval(double value, double standard_error, double alpha) {
  const double half = stats::normal_quantile(1.0 - alpha / 2.0) * standard_error;
  return {value - half, value + half};
}

stats::Interval bernstein_interval(double value, double standard_error, int64_t n,
                                   const stats::Interval& range, double alpha) {
  const double log_term = std::log(4.0 / alpha);
  const double half =
      standard_error * std::sqrt(2.0 * log_term) +
      7.0 * (range.high - range.low) * log_term / (3.0 * static_cast<double>(n - 1));
  return {value - half, value + half};
}

stats::Interval range_of_rounds(const stats::Interval& rewards, double bound, bool has_model) {
  if (!has_model) {
    return {std::min(0.0, bound * rewards.low), std::max(0.0, bound * rewards.high)};
  }
  const double most_correction = bound * (rewards.high - rewards.low);
  return {rewards.low - most_correction, rewards.high + most_correction};
}

std::optional<stats::Interval> sequence_interval(double value, double standard_error, int64_t n,
                                                 const Options& options) {
  stats::Difference fixed;
  fixed.value = value;
  fixed.standard_error = standard_error;
  fixed.n = n;
  fixed.alpha = options.alpha;
  if (standard_error == 0.0) return stats::Interval{value, value};
  return stats::always_valid(fixed, {.alpha = options.alpha, .tuning = options.sequence_tuning})
      .interval;
}

void add_intervals(PolicyEstimate& estimate, int64_t units, const Options& options) {
  if (!estimate.value || !estimate.standard_error) return;
  estimate.normal = normal_interval(*estimate.value, *estimate.standard_error, options.alpha);
  estimate.sequence = sequence_interval(*estimate.value, *estimate.standard_error, units, options);
}

}  // namespace assay::ope
