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
  return ratio_difference(pair_moments_of(a.numerator, a.denominator),
                          pair_moments_of(b.numerator, b.denominator), options);
}

Difference ratio_difference(const PairMoments& a, const PairMoments& b,
                            const WelchOptions& options) {
  constexpr char kMethod[] = "ratio of sums by the delta method, Welch's t";
  if (a.y.mean == 0.0 || b.y.mean == 0.0) {
    Difference result;
    result.n = a.x.n + b.x.n;
    result.alpha = options.alpha;
    result.method = kMethod;
    result.reason = "the denominators of one side sum to 0";
    return result;
  }
  const Moments left = ratio_moments(a);
  const Moments right = ratio_moments(b);
  return welch({left, right, left.mean, right.mean}, options, kMethod);
}

}  // namespace assay::stats
