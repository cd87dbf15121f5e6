#include "ope/resample.h"

#include <algorithm>
#include <functional>

namespace assay::ope {

std::vector<double> resampled_ratios(std::span<const double> numerator,
                                     std::span<const double> denominator,
                                     const stats::BootstrapOptions& options) {
  std::vector<double> ratios = stats::resampled_means(numerator, options);
  const bool all_equal =
      std::ranges::adjacent_find(denominator, std::not_equal_to<>()) == denominator.end();
  if (all_equal) {
    for (double& ratio : ratios) ratio /= denominator.front();
    return ratios;
  }
  // The same seed and stream draw the same units.
  const std::vector<double> below = stats::resampled_means(denominator, options);
  for (size_t r = 0; r < ratios.size(); ++r) ratios[r] /= below[r];
  return ratios;
}

}  // namespace assay::ope
