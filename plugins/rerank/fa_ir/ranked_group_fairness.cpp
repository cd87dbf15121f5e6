#include "ranked_group_fairness.h"

#include <algorithm>

namespace assay::fa_ir {
namespace {

// From the chances of j protected among some places to those among one place more.
void add_place(std::vector<double>& chance, double proportion) {
  chance.push_back(0);
  for (size_t j = chance.size(); j-- > 0;)
    chance[j] = chance[j] * (1 - proportion) + (j > 0 ? chance[j - 1] * proportion : 0);
}

}  // namespace

std::vector<int64_t> minimum_protected(int64_t k, double proportion, double alpha) {
  std::vector<double> chance = {1};
  std::vector<int64_t> minimum;
  for (int64_t prefix = 1; prefix <= k; ++prefix) {
    add_place(chance, proportion);
    int64_t count = 0;
    double below = chance[0];
    while (below <= alpha && count < prefix) below += chance[++count];
    minimum.push_back(count);
  }
  return minimum;
}

double failure_probability(std::span<const int64_t> minimum, double proportion) {
  std::vector<double> chance = {1};
  double failed = 0;
  for (const int64_t needed : minimum) {
    add_place(chance, proportion);
    for (int64_t j = 0; j < std::min(needed, std::ssize(chance)); ++j) {
      failed += chance[j];
      chance[j] = 0;
    }
  }
  return failed;
}

double adjusted_alpha(int64_t k, double proportion, double alpha) {
  const auto fails = [&](double single) {
    return failure_probability(minimum_protected(k, proportion, single), proportion);
  };
  if (fails(alpha) <= alpha) return alpha;
  double low = 0, high = alpha;  // of which the first fails seldom enough
  for (int step = 0; step < 50; ++step) {
    const double middle = (low + high) / 2;
    (fails(middle) <= alpha ? low : high) = middle;
  }
  return low;
}

void pick_fairly(std::span<const uint8_t> is_protected, std::span<const int64_t> minimum,
                 std::span<int64_t> place) {
  const size_t count = is_protected.size();
  std::vector<bool> taken(count, false);
  size_t best = 0, best_protected = 0;  // the first of each kind that is not taken
  int64_t served = 0;
  for (size_t at = 0; at < std::min(count, place.size()); ++at) {
    while (best < count && taken[best]) ++best;
    while (best_protected < count && (taken[best_protected] || !is_protected[best_protected]))
      ++best_protected;
    const bool needed = served < minimum[at] && best_protected < count;
    const size_t next = needed ? best_protected : best;
    taken[next] = true;
    served += is_protected[next];
    place[at] = static_cast<int64_t>(next);
  }
}

}  // namespace assay::fa_ir
