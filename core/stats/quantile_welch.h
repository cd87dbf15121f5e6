#pragma once

#include <cstdint>
#include <span>

#include "stats/two_samples.h"

namespace assay::stats {

/// The q-quantile by linear interpolation between order statistics at (n - 1) q (definition 7 of
/// Hyndman & Fan 1996; numpy's default). For comparison with other tools and for tests of
/// differences; latencies are reported by stats/quantile.h, as values that occurred.
/// @param sorted  ascending, finite, at least one; q in [0, 1]
double interpolated_quantile(std::span<const double> sorted, double q);

/// A quantile as Welch's test takes it: n, the quantile, and the variance whose share 1/n is that
/// of the quantile: (n - 1) ((upper - lower) / (2 z))^2, where upper and lower are the sample
/// quantiles at q -+ z sqrt(q (1 - q) / n) and z = 1.96 (Deng, Knoblich & Lu 2018, section 4; Price
/// & Bonett 2001).
/// @param n_effective  values that may be taken as independent; n where all are
Moments quantile_moments(int64_t n, double value, double lower, double upper, double n_effective);
Moments quantile_moments(std::span<const double> sorted, double q);

/// Welch's test on the q-quantiles of two independent samples, B minus A. NaN is left out and
/// counted. Fewer than 10 values beyond the quantile on a side give the reason instead: the
/// interval would run out of the sample.
Difference quantile_test(std::span<const double> a, std::span<const double> b, double q,
                         const WelchOptions& options = {});

}  // namespace assay::stats
