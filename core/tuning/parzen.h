#pragma once

#include <span>
#include <vector>

#include "tuning/space.h"

namespace assay::tuning {

/// A Parzen estimator over an interval: a mixture of normal distributions cut to it.
class Parzen {
 public:
  /// @param places   of the observations, on the scale of the interval
  /// @param weights  as many; the prior has weight 1
  Parzen(const Interval& interval, std::span<const double> places, std::span<const double> weights);

  /// A draw by two uniform numbers in (0, 1).
  double draw(double kernel, double within) const;
  /// Logarithm of the density at a place.
  double log_density(double place) const;
  /// Logarithm of the probability between two places of the interval.
  double log_probability(double from, double to) const;

 private:
  struct Kernel {
    double mean, deviation, weight;
    double below, inside;  ///< probability below the interval, and within it, before the cut
  };
  Interval interval_;
  std::vector<Kernel> kernels_;  // by mean
};

/// Weights of n trials in their order: 1, and where there are more than 25 the oldest rise evenly
/// from 1/n (Optuna's default).
std::vector<double> observation_weights(size_t n);

}  // namespace assay::tuning
