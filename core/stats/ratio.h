#pragma once

#include <span>

#include "stats/pair_moments.h"
#include "stats/two_samples.h"

namespace assay::stats {

/// A metric that is a ratio of sums over users, clicks per impression say: both numbers of each
/// user, whose requests are not independent but who are.
struct RatioSample {
  std::span<const double> numerator;
  std::span<const double> denominator;
};

/// R = sum of numerators / sum of denominators, and the variance of one user's part in it by the
/// delta method: (s_m^2 - 2 R cov(m, d) + R^2 s_d^2) / mean(d)^2 (Deng, Knoblich & Lu 2018,
/// section 3). Finite values; a mean denominator of 0 is an InternalError.
Moments ratio_moments(const RatioSample& sample);
/// The same of the moments of numerator (x) and denominator (y).
Moments ratio_moments(const PairMoments& pair);

/// Welch's test on two such ratios, B minus A. Denominators that sum to 0 on a side, or no users,
/// give the reason.
Difference ratio_difference(const RatioSample& a, const RatioSample& b,
                            const WelchOptions& options = {});

/// The same of the moments of each side's numerator (x) and denominator (y).
Difference ratio_difference(const PairMoments& a, const PairMoments& b,
                            const WelchOptions& options = {});

}  // namespace assay::stats
