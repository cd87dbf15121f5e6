#pragma once

#include <span>

#include "stats/moments.h"

namespace assay::stats {

/// Two numbers a unit: their moments and covariance.
struct PairMoments {
  Moments x, y;
  double covariance = 0.0;  ///< divisor n - 1, so 0 where n < 2
};

/// Two passes in double. Equal lengths, finite; other lengths are an InternalError.
PairMoments pair_moments_of(std::span<const double> x, std::span<const double> y);

}  // namespace assay::stats
