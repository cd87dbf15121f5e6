#include "stats/sample_ratio.h"

#include <numeric>

#include "error/error.h"
#include "stats/distributions.h"

namespace assay::stats {

SampleRatio sample_ratio(std::span<const int64_t> counts, std::span<const double> weights) {
  error::require(counts.size() == weights.size() && counts.size() >= 2,
                 "each of several arms has a weight");
  SampleRatio result;
  result.degrees_of_freedom = std::ssize(counts) - 1;
  result.n = std::accumulate(counts.begin(), counts.end(), int64_t{0});
  if (result.n == 0) {
    result.reason = "nothing was assigned";
    return result;
  }
  const double all = std::accumulate(weights.begin(), weights.end(), 0.0);
  for (size_t arm = 0; arm < counts.size(); ++arm) {
    error::require(weights[arm] > 0.0 && counts[arm] >= 0,
                   "weights are above 0 and counts not below");
    const double meant = static_cast<double>(result.n) * weights[arm] / all;
    const double off = static_cast<double>(counts[arm]) - meant;
    result.chi2 += off * off / meant;
  }
  result.p = chi_square_upper(result.chi2, static_cast<double>(result.degrees_of_freedom));
  return result;
}

}  // namespace assay::stats
