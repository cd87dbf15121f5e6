#include "stats/ranks.h"

#include <algorithm>
#include <numeric>

namespace assay::stats {

double Ranks::tie_term() const {
  double sum = 0.0;
  for (double size : ties) sum += size * size * size - size;
  return sum;
}

Ranks mid_ranks(std::span<const double> values) {
  std::vector<size_t> order(values.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::sort(order, {}, [&](size_t i) { return values[i]; });
  Ranks result;
  result.ranks.resize(values.size());
  for (size_t begin = 0, end = 0; begin < order.size(); begin = end) {
    while (end < order.size() && values[order[end]] == values[order[begin]]) ++end;
    const double rank = 0.5 * static_cast<double>(begin + 1 + end);
    for (size_t i = begin; i < end; ++i) result.ranks[order[i]] = rank;
    if (end - begin > 1) result.ties.push_back(static_cast<double>(end - begin));
  }
  return result;
}

}  // namespace assay::stats
