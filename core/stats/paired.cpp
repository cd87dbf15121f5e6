#include "stats/paired.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>

#include "error/error.h"
#include "stats/distributions.h"

namespace assay::stats {

namespace {

template <typename Number>
PairedSample pair_numbers(std::span<const Number> baseline, std::span<const Number> variant) {
  PairedSample sample;
  if (baseline.size() != variant.size()) {
    sample.reason = fmt::format(
        "the baseline has {} values and the variant {}; pairs need the same "
        "requests",
        baseline.size(), variant.size());
    return sample;
  }
  Gathering differences(ClusterOrder::apart, std::ssize(baseline));
  for (size_t i = 0; i < baseline.size(); ++i) {
    differences.add(static_cast<double>(variant[i]) - static_cast<double>(baseline[i]));
  }
  return paired_sample(differences.gathered());
}

/// Mean, standard error and degrees of freedom, with the seeds' part where there is one.
struct Spread {
  Moments moments;
  double requests = 0.0;  ///< variance of the mean over requests
  double total = 0.0;     ///< and with the seeds' component
  double degrees_of_freedom = 0.0;
  bool has_seeds = false;

  explicit Spread(const PairedSample& sample) : moments(sample.moments()) {
    requests = total = moments.variance_of_mean();
    degrees_of_freedom = static_cast<double>(moments.n - 1);
    has_seeds = sample.seeds.has_value();
    if (!has_seeds || sample.seeds->variance_of_mean <= 0.0) return;
    const double seeds = sample.seeds->variance_of_mean;
    total += seeds;
    degrees_of_freedom = total * total /
                         (requests * requests / degrees_of_freedom +
                          seeds * seeds / sample.seeds->degrees_of_freedom);
  }

  double standard_error() const { return std::sqrt(total); }
  bool widened() const { return total > requests; }
  /// By how much a bootstrap interval over requests alone is too short.
  double stretch(double alpha) const {
    if (!widened()) return 1.0;
    return std::sqrt(total / requests) * t_quantile(1.0 - alpha / 2.0, degrees_of_freedom) /
           normal_quantile(1.0 - alpha / 2.0);
  }
};

using IntervalAt = std::function<Interval(double alpha)>;

/// The smallest alpha, at least `floor`, whose interval leaves 0 out; intervals grow as alpha
/// falls.
double smallest_alpha(const IntervalAt& interval_at, double floor) {
  double excluded = 1.0;
  double held = floor;
  if (!interval_at(floor).holds(0.0)) return floor;
  for (int step = 0; step < 50; ++step) {
    const double alpha = 0.5 * (excluded + held);
    (interval_at(alpha).holds(0.0) ? held : excluded) = alpha;
  }
  return excluded;
}

void fill_bootstrap(Difference& result, const PairedSample& sample, const Spread& spread,
                    const PairedOptions& options) {
  error::require(!sample.large, "what is resampled is held");
  const double mean = spread.moments.mean;
  const BootstrapDistribution distribution(resampled_means(sample.differences, options.bootstrap),
                                           mean);
  const bool bca = options.method == PairedMethod::bootstrap_bca;
  const double acceleration = bca ? acceleration_of_mean(sample.differences) : 0.0;
  const auto interval_at = [&](double alpha) {
    const Interval ends =
        bca ? distribution.bca(alpha, acceleration) : distribution.percentile(alpha);
    const double stretch = spread.stretch(alpha);
    return Interval{mean + (ends.low - mean) * stretch, mean + (ends.high - mean) * stretch};
  };
  result.interval = interval_at(options.alpha);
  const double floor = 2.0 / (options.bootstrap.resamples + 1.0);
  result.p =
      bca || spread.widened() ? smallest_alpha(interval_at, floor) : distribution.p_two_sided();
}

void fill_t_or_normal(Difference& result, const Spread& spread, const PairedOptions& options) {
  // With a seed component the normal would claim more than three seeds can tell.
  const bool normal = options.method == PairedMethod::studentised_normal && !spread.widened();
  const double statistic = spread.moments.mean / spread.standard_error();
  const double share = 1.0 - options.alpha / 2.0;
  const double quantile =
      normal ? normal_quantile(share) : t_quantile(share, spread.degrees_of_freedom);
  const double half = quantile * spread.standard_error();
  result.interval = Interval{spread.moments.mean - half, spread.moments.mean + half};
  result.p = normal ? std::min(1.0, 2.0 * normal_cdf(-std::abs(statistic)))
                    : t_two_sided(statistic, spread.degrees_of_freedom);
}

/// Differences that vary over seeds alone leave a bootstrap of requests nothing to stretch.
void fill_test(Difference& result, const PairedSample& sample, const Spread& spread,
               PairedOptions options, bool constant) {
  if (constant) options.method = PairedMethod::student_t;
  result.method = method_name(options.method, options.bootstrap.resamples);
  if (options.method == PairedMethod::bootstrap_percentile ||
      options.method == PairedMethod::bootstrap_bca) {
    fill_bootstrap(result, sample, spread, options);
  } else {
    fill_t_or_normal(result, spread, options);
  }
}

/// Differences without any spread: no test is needed, and none could divide by it.
void fill_constant(Difference& result, double constant) {
  result.value = constant;
  result.interval = {constant, constant};
  result.p = constant == 0.0 ? 1.0 : 0.0;
  result.reason = constant == 0.0
                      ? fmt::format("all {} differences are 0", result.n)
                      : fmt::format("all {} differences are {:.6g}", result.n, constant);
}

}  // namespace

std::optional<double> PairedSample::constant() const {
  if (large) return large->constant;
  const auto differs = [&](double value) { return value != differences.front(); };
  if (differences.empty() || std::ranges::any_of(differences, differs)) return std::nullopt;
  return differences.front();
}

PairedSample paired_sample(Gathered differences) {
  PairedSample sample;
  sample.excluded = differences.excluded;
  sample.reason = std::move(differences.reason);
  if (std::ssize(differences.values) < differences.moments.n)
    sample.large = LargeSample{differences.moments, differences.constant};
  sample.differences = std::move(differences.values);
  return sample;
}

PairedSample pair_up(std::span<const float> baseline, std::span<const float> variant) {
  return pair_numbers(baseline, variant);
}

PairedSample pair_up(std::span<const double> baseline, std::span<const double> variant) {
  return pair_numbers(baseline, variant);
}

PairedMethod choose_method(int64_t n, bool primary) {
  if (n > kBootstrapUpTo) return PairedMethod::studentised_normal;
  return primary ? PairedMethod::bootstrap_percentile : PairedMethod::student_t;
}

Difference paired_difference(const PairedSample& sample, const PairedOptions& options) {
  require_probability(options.alpha, "alpha");
  Difference result;
  result.n = sample.n();
  result.excluded = sample.excluded;
  result.alpha = options.alpha;
  result.method = method_name(options.method, options.bootstrap.resamples);
  result.reason = sample.reason;
  if (result.n == 0) return result;

  const Spread spread(sample);
  result.value = spread.moments.mean;
  if (result.n == 1) {
    result.reason = "a single pair shows no spread";
    return result;
  }
  result.standard_error = spread.standard_error();
  result.degrees_of_freedom = spread.degrees_of_freedom;
  const std::optional<double> constant = sample.constant();
  if (constant && !spread.widened()) {
    fill_constant(result, *constant);
  } else {
    fill_test(result, sample, spread, options, constant.has_value());
  }
  if (spread.has_seeds) result.method += ", seed variance added";
  return result;
}

std::string method_name(PairedMethod method, int resamples) {
  switch (method) {
    case PairedMethod::bootstrap_percentile:
      return fmt::format("paired bootstrap, percentile, {} resamples", resamples);
    case PairedMethod::bootstrap_bca:
      return fmt::format("paired bootstrap, BCa, {} resamples", resamples);
    case PairedMethod::student_t:
      return "paired t";
    case PairedMethod::studentised_normal:
      return "paired, studentised normal";
  }
  return "";
}

}  // namespace assay::stats
