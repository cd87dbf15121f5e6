#include "stats/pair_moments.h"

#include "error/error.h"

namespace assay::stats {

PairMoments pair_moments_of(std::span<const double> x, std::span<const double> y) {
  require(x.size() == y.size(), "paired numbers have equal lengths");
  PairMoments result{moments_of(x), moments_of(y), 0.0};
  if (x.size() < 2) return result;
  for (std::size_t i = 0; i < x.size(); ++i) {
    result.covariance += (x[i] - result.x.mean) * (y[i] - result.y.mean);
  }
  result.covariance /= static_cast<double>(x.size() - 1);
  return result;
}

}  // namespace assay::stats
