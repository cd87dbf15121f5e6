#include "stats/pair_moments.h"

#include "error/error.h"

namespace assay::stats {

PairMoments pair_moments_of(std::span<const double> x, std::span<const double> y) {
  error::require(x.size() == y.size(), "paired numbers have equal lengths");
  PairMoments result{moments_of(x), moments_of(y), 0.0};
  if (x.size() < 2) return result;
  for (size_t i = 0; i < x.size(); ++i) {
    result.covariance += (x[i] - result.x.mean) * (y[i] - result.y.mean);
  }
  result.covariance /= static_cast<double>(x.size() - 1);
  return result;
}

void RunningPairMoments::add(double x, double y) {
  x_.add(x);
  y_.add(y);
  const auto n = static_cast<double>(++n_);
  const double deviation = x - mean_x_;
  mean_x_ += deviation / n;
  mean_y_ += (y - mean_y_) / n;
  products_ += deviation * (y - mean_y_);
}

PairMoments RunningPairMoments::moments() const {
  return {x_.moments(), y_.moments(), n_ < 2 ? 0.0 : products_ / static_cast<double>(n_ - 1)};
}

}  // namespace assay::stats
