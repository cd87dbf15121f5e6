#include "ope/slope.h"

#include <algorithm>
#include <limits>

#include "error/error.h"

namespace assay::ope {

size_t slope(std::span<const Candidate> candidates) {
  error::require(!candidates.empty(), "SLOPE has something to choose from");
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  for (size_t i = 0; i < candidates.size(); ++i) {
    low = std::max(low, candidates[i].value - 2.0 * candidates[i].half_width);
    high = std::min(high, candidates[i].value + 2.0 * candidates[i].half_width);
    if (low > high) return i - 1;
  }
  return candidates.size() - 1;
}

}  // namespace assay::ope
