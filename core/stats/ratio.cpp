#include "stats/ratio.h"

#include "error/error.h"

namespace assay::stats {

Moments ratio_moments(const RatioSample& sample) {
  return ratio_moments(pair_moments_of(sample.numerator, sample.denominator));
}

Moments ratio_moments(const PairMoments& pair) {
  error::require(pair.y.mean != 0.0, "a ratio has a denominator");
  const double ratio = pair.x.mean / pair.y.mean;
  const double variance =
      (pair.x.variance - 2.0 * ratio * pair.covariance + ratio * ratio * pair.y.variance) /
      (pair.y.mean * pair.y.mean);
  return {pair.x.n, ratio, variance};
}

Difference ratio_difference(const RatioSample& a, const RatioSample& b,
                            const WelchOptions& options) {
  for (const RatioSample* side : {&a, &b}) {
    if (moments_of(side->denominator).mean != 0.0) continue;
    Difference result;
    result.n = std::ssize(a.numerator) + std::ssize(b.numerator);
    result.alpha = options.alpha;
    result.method = "ratio of sums by the delta method, Welch's t";
    result.reason = "the denominators of one side sum to 0";
    return result;
  }
  const Moments left = ratio_moments(a);
  const Moments right = ratio_moments(b);
  return welch({left, right, left.mean, right.mean}, options,
               "ratio of sums by the delta method, Welch's t");
}

}  // namespace assay::stats
