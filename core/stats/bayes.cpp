#include "stats/bayes.h"

#include <cmath>
#include <numbers>

#include "error/error.h"
#include "stats/distributions.h"

namespace assay::stats {

namespace {

/// E max(0, d) of a normal d.
double expected_gain(double mean, double sd) {
  const double z = mean / sd;
  const double density = std::exp(-0.5 * z * z) / std::sqrt(2.0 * std::numbers::pi);
  return mean * normal_cdf(z) + sd * density;
}

}  // namespace

Uplift bayesian_uplift(const Difference& difference, const NormalPrior& prior, double alpha) {
  require_probability(alpha, "alpha");
  error::require(!prior.sd || *prior.sd > 0.0, "a prior has some spread");
  Uplift uplift;
  uplift.n = difference.n;
  uplift.alpha = alpha;
  uplift.method = prior.sd ? "normal posterior, normal prior" : "normal posterior, flat prior";
  uplift.reason = difference.reason;
  if (!difference.value || !difference.standard_error || *difference.standard_error == 0.0) {
    if (uplift.reason.empty()) uplift.reason = "the difference has no standard error";
    return uplift;
  }
  const double weight = 1.0 / (*difference.standard_error * *difference.standard_error);
  const double prior_weight = prior.sd ? 1.0 / (*prior.sd * *prior.sd) : 0.0;
  const double mean =
      (weight * *difference.value + prior_weight * prior.mean) / (weight + prior_weight);
  const double sd = 1.0 / std::sqrt(weight + prior_weight);
  const double half = normal_quantile(1.0 - alpha / 2.0) * sd;
  uplift.mean = mean;
  uplift.sd = sd;
  uplift.interval = {mean - half, mean + half};
  uplift.chance_to_win = normal_cdf(mean / sd);
  uplift.risk_of_variant = expected_gain(-mean, sd);
  uplift.risk_of_baseline = expected_gain(mean, sd);
  return uplift;
}

}  // namespace assay::stats
