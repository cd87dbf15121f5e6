#include "stats/two_samples.h"

#include <fmt/core.h>

#include <cmath>

#include "stats/distributions.h"

namespace assay::stats {

namespace {

/// Why two samples cannot be compared; empty where they can.
std::string problem_of(int64_t n_a, int64_t n_b) {
  if (n_a >= 2 && n_b >= 2) return "";
  return fmt::format("each sample needs at least 2 values; there are {} and {}", n_a, n_b);
}

double welch_degrees_of_freedom(const Moments& a, const Moments& b) {
  const double va = a.variance_of_mean();
  const double vb = b.variance_of_mean();
  return (va + vb) * (va + vb) /
         (va * va / static_cast<double>(a.n - 1) + vb * vb / static_cast<double>(b.n - 1));
}

double p_of(double t, double degrees_of_freedom, Alternative alternative) {
  switch (alternative) {
    case Alternative::two_sided:
      return t_two_sided(t, degrees_of_freedom);
    case Alternative::greater:
      return t_cdf(-t, degrees_of_freedom);
    case Alternative::less:
      return t_cdf(t, degrees_of_freedom);
  }
  return 1.0;
}

struct Effect {
  double value = 0.0;
  double variance = 0.0;
};

Effect effect_of(const AdjustedGroups& groups, EffectScale scale) {
  const double va = groups.a.variance_of_mean();
  const double vb = groups.b.variance_of_mean();
  const double difference = groups.b.mean - groups.a.mean;
  if (scale == EffectScale::absolute) return {difference, va + vb};
  const double base = groups.scale_mean_a;
  const double ratio = groups.scale_mean_b / base;
  return {difference / base, (vb + va * ratio * ratio) / (base * base)};
}

void fill_t(Difference& result, const Effect& effect, double degrees_of_freedom,
            const WelchOptions& options) {
  const bool one_sided = options.alternative != Alternative::two_sided;
  const double share = one_sided ? 1.0 - options.alpha : 1.0 - options.alpha / 2.0;
  const double error = std::sqrt(effect.variance);
  const double half = t_quantile(share, degrees_of_freedom) * error;
  result.standard_error = error;
  result.degrees_of_freedom = degrees_of_freedom;
  result.interval = {effect.value - half, effect.value + half};
  result.p = p_of(effect.value / error, degrees_of_freedom, options.alternative);
}

std::string with_options(std::string name, const WelchOptions& options) {
  if (options.scale == EffectScale::relative) name += ", relative by the delta method";
  if (options.alternative == Alternative::greater) name += ", one-sided (greater)";
  if (options.alternative == Alternative::less) name += ", one-sided (less)";
  return name;
}

const char* name_of(BootstrapInterval kind) {
  if (kind == BootstrapInterval::basic) return "basic";
  return kind == BootstrapInterval::bca ? "BCa" : "percentile";
}

}  // namespace

Difference welch(const Moments& a, const Moments& b, const WelchOptions& options) {
  return welch({a, b, a.mean, b.mean}, options, "Welch's t");
}

Difference welch(const AdjustedGroups& groups, const WelchOptions& options,
                 const std::string& name) {
  require_probability(options.alpha, "alpha");
  const Moments& a = groups.a;
  const Moments& b = groups.b;
  Difference result;
  result.n = a.n + b.n;
  result.alpha = options.alpha;
  result.method = with_options(name, options);
  result.reason = problem_of(a.n, b.n);
  if (a.n == 0 || b.n == 0) return result;
  if (options.scale == EffectScale::relative && groups.scale_mean_a == 0.0) {
    result.reason = "the mean of the first sample is 0, so there is no relative difference";
    return result;
  }
  const Effect effect = effect_of(groups, options.scale);
  result.value = effect.value;
  if (!result.reason.empty()) return result;
  if (effect.variance == 0.0) {
    result.reason = "neither sample has any spread";
    return result;
  }
  fill_t(result, effect, welch_degrees_of_freedom(a, b), options);
  return result;
}

Difference welch(std::span<const double> a, std::span<const double> b,
                 const WelchOptions& options) {
  const Usable left = usable(a);
  const Usable right = usable(b);
  Difference result = welch(moments_of(left.values), moments_of(right.values), options);
  result.excluded = left.excluded + right.excluded;
  for (const Usable* side : {&left, &right}) {
    if (!side->reason.empty()) result.reason = side->reason;
  }
  return result;
}

Difference pooled_t(const Moments& a, const Moments& b, double alpha) {
  require_probability(alpha, "alpha");
  Difference result;
  result.n = a.n + b.n;
  result.alpha = alpha;
  result.method = "Student's t, pooled variance";
  result.reason = problem_of(a.n, b.n);
  if (a.n == 0 || b.n == 0) return result;
  result.value = b.mean - a.mean;
  if (!result.reason.empty()) return result;
  const auto degrees = static_cast<double>(result.n - 2);
  const double pooled =
      (static_cast<double>(a.n - 1) * a.variance + static_cast<double>(b.n - 1) * b.variance) /
      degrees;
  if (pooled == 0.0) {
    result.reason = "neither sample has any spread";
    return result;
  }
  const double share = 1.0 / static_cast<double>(a.n) + 1.0 / static_cast<double>(b.n);
  fill_t(result, {*result.value, pooled * share}, degrees, {.alpha = alpha});
  return result;
}

Difference bootstrap_difference(std::span<const double> a, std::span<const double> b,
                                const BootstrapOptions& options, double alpha,
                                BootstrapInterval kind) {
  require_probability(alpha, "alpha");
  const Usable left = usable(a);
  const Usable right = usable(b);
  Difference result;
  result.n = std::ssize(left.values) + std::ssize(right.values);
  result.excluded = left.excluded + right.excluded;
  result.alpha = alpha;
  result.method =
      fmt::format("two-sample bootstrap, {}, {} resamples", name_of(kind), options.resamples);
  result.reason = problem_of(std::ssize(left.values), std::ssize(right.values));
  if (!result.reason.empty()) return result;

  std::vector<double> replicates = resampled_means(right.values, options);
  BootstrapOptions second = options;
  second.stream = options.stream + 1;
  const std::vector<double> subtracted = resampled_means(left.values, second);
  for (size_t r = 0; r < replicates.size(); ++r) replicates[r] -= subtracted[r];
  result.value = moments_of(right.values).mean - moments_of(left.values).mean;
  const BootstrapDistribution distribution(std::move(replicates), *result.value);
  result.standard_error = distribution.standard_error();
  switch (kind) {
    case BootstrapInterval::percentile:
      result.interval = distribution.percentile(alpha);
      break;
    case BootstrapInterval::basic:
      result.interval = distribution.basic(alpha);
      break;
    case BootstrapInterval::bca:
      result.interval =
          distribution.bca(alpha, acceleration_of_difference(left.values, right.values));
      break;
  }
  result.p = distribution.p_two_sided();
  return result;
}

}  // namespace assay::stats
