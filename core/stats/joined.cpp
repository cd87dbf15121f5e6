#include "stats/joined.h"

namespace assay::stats {

Moments joined(const Moments& a, const Moments& b) {
  if (a.n == 0 || b.n == 0) return a.n == 0 ? b : a;
  const auto n_a = static_cast<double>(a.n);
  const auto n_b = static_cast<double>(b.n);
  const double apart = b.mean - a.mean;
  const double squares =
      a.variance * (n_a - 1.0) + b.variance * (n_b - 1.0) + apart * apart * n_a * n_b / (n_a + n_b);
  return {a.n + b.n, (n_a * a.mean + n_b * b.mean) / (n_a + n_b), squares / (n_a + n_b - 1.0)};
}

PairMoments joined(const PairMoments& a, const PairMoments& b) {
  if (a.x.n == 0 || b.x.n == 0) return a.x.n == 0 ? b : a;
  const auto n_a = static_cast<double>(a.x.n);
  const auto n_b = static_cast<double>(b.x.n);
  const double products = a.covariance * (n_a - 1.0) + b.covariance * (n_b - 1.0) +
                          (b.x.mean - a.x.mean) * (b.y.mean - a.y.mean) * n_a * n_b / (n_a + n_b);
  return {joined(a.x, b.x), joined(a.y, b.y), products / (n_a + n_b - 1.0)};
}

}  // namespace assay::stats
