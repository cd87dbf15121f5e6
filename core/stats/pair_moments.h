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

/// The same of pairs that come one after the other and are not kept (Welford 1962; the covariance
/// likewise, Bennett et al. 2009, eq. 2.4).
class RunningPairMoments {
 public:
  void add(double x, double y);
  PairMoments moments() const;

 private:
  RunningMoments x_, y_;
  int64_t n_ = 0;
  double mean_x_ = 0.0, mean_y_ = 0.0, products_ = 0.0;
};

}  // namespace assay::stats
