#include "stats/sequential.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "error/error.h"
#include "stats/distributions.h"

namespace assay::stats {

Difference always_valid(const Difference& fixed, const SequentialOptions& options) {
  require_probability(options.alpha, "alpha");
  error::require(options.tuning > 0.0, "the tuning size is above 0");
  if (!fixed.value || !fixed.standard_error || *fixed.standard_error == 0.0) return fixed;
  const auto n = static_cast<double>(fixed.n);
  const double log_alpha = -2.0 * std::log(options.alpha);
  const double rho_squared = (log_alpha + std::log(log_alpha + 1.0)) / options.tuning;
  const double grown = n * rho_squared + 1.0;
  const double variance = *fixed.standard_error * *fixed.standard_error;
  const double half =
      std::sqrt(variance * n) *
      std::sqrt(2.0 * grown * std::log(std::sqrt(grown) / options.alpha) / (n * n * rho_squared));
  const double evidence = *fixed.value * *fixed.value * n / variance;
  const double log_e = rho_squared * evidence / (2.0 * grown) - 0.5 * std::log(grown);
  Difference result = fixed;
  result.alpha = options.alpha;
  result.interval = {*fixed.value - half, *fixed.value + half};
  result.p = std::min(1.0, std::exp(-log_e));
  result.degrees_of_freedom.reset();
  result.method = fmt::format("{}, always valid, tuned for {:.0f}", fixed.method, options.tuning);
  return result;
}

}  // namespace assay::stats
