#include "explicit_aspects.h"

#include <assay/extra/similarity/best_place.h>

#include <algorithm>
#include <limits>
#include <vector>

namespace assay::xquad {

void pick_by_aspects(std::span<const int64_t> items, std::span<const double> relevance,
                     const extra::ItemCategories& categories, std::span<const double> wanted,
                     double lambda, std::span<int64_t> place, std::span<double> objective) {
  // What is wanted of each category and not yet served.
  std::vector<double> open(wanted.begin(), wanted.end());
  std::vector<double> value(items.size());
  std::vector<bool> taken(items.size(), false);
  for (size_t pick = 0; pick < std::min(items.size(), place.size()); ++pick) {
    for (size_t i = 0; i < items.size(); ++i) {
      const std::span<const int64_t> own = categories[items[i]];
      double gain = 0;
      for (const int64_t category : own) gain += open[category] / static_cast<double>(own.size());
      value[i] = taken[i] ? -std::numeric_limits<double>::infinity()
                          : (1 - lambda) * relevance[i] + lambda * gain;
    }
    const int64_t best = extra::best_place(value, items);
    place[pick] = best;
    if (pick < objective.size()) objective[pick] = value[best];
    taken[best] = true;
    const std::span<const int64_t> own = categories[items[best]];
    for (const int64_t category : own) open[category] *= 1 - 1 / static_cast<double>(own.size());
  }
}

}  // namespace assay::xquad
