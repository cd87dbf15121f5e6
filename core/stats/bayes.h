#pragma once

#include <optional>
#include <string>

#include "stats/estimate.h"

namespace assay::stats {

/// What is believed about the difference before the data: normal. A flat prior by default.
struct NormalPrior {
  double mean = 0.0;
  std::optional<double> sd;  ///< none: flat
};

/// The posterior distribution of a difference, for a decision to ship. Absent, with the reason, if
/// the difference or its standard error is.
struct Uplift {
  std::optional<double> mean, sd;          ///< of the posterior
  std::optional<Interval> interval;        ///< credible, equal tails, level 1 - alpha
  std::optional<double> chance_to_win;     ///< P(difference > 0)
  std::optional<double> risk_of_variant;   ///< expected loss of shipping B: E max(0, -difference)
  std::optional<double> risk_of_baseline;  ///< expected loss of keeping A: E max(0, difference)
  int64_t n = 0;
  double alpha = 0.05;
  std::string method;
  std::string reason;
};

/// The posterior of a difference whose estimate is normal, by conjugacy (Gelman et al. 2013,
/// section 2.5); the risks are the loss of Stucchio 2015 in closed form,
/// E max(0, d) = m Phi(m/s) + s phi(m/s).
/// @param difference  value and standard_error of any test; higher is better
Uplift bayesian_uplift(const Difference& difference, const NormalPrior& prior = {},
                       double alpha = 0.05);

}  // namespace assay::stats
