#pragma once

#include "stats/moments.h"
#include "stats/pair_moments.h"

namespace assay::stats {

/// The moments of both samples together, from those of each (Chan, Golub & LeVeque 1983, eq. 2.1).
Moments joined(const Moments& a, const Moments& b);
/// The same of pairs, with their covariance.
PairMoments joined(const PairMoments& a, const PairMoments& b);

}  // namespace assay::stats
