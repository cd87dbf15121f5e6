#include <assay/extra/sampling/alias_table.h>

#include <algorithm>
#include <numeric>

namespace assay::extra {

AliasTable::AliasTable(std::span<const double> weights)
    : own_(weights.begin(), weights.end()), other_(weights.size()) {
  const double mean =
      std::accumulate(own_.begin(), own_.end(), 0.0) / static_cast<double>(own_.size());
  std::vector<int64_t> small, large;
  for (int64_t place = 0; place < size(); ++place) {
    own_[place] /= mean;
    (own_[place] < 1 ? small : large).push_back(place);
  }
  while (!small.empty() && !large.empty()) {
    const int64_t poor = small.back(), rich = large.back();
    small.pop_back();
    other_[poor] = rich;
    own_[rich] -= 1 - own_[poor];
    if (own_[rich] < 1) {
      large.pop_back();
      small.push_back(rich);
    }
  }
  // What is left has a share of 1 but for rounding. A weight of 0 may be left over too, and must not
  // become drawable by that.
  const auto heaviest = std::ranges::max_element(weights) - weights.begin();
  for (const int64_t place : large) own_[place] = 1;
  for (const int64_t place : small) {
    if (weights[place] > 0)
      own_[place] = 1;
    else
      other_[place] = heaviest;
  }
}

}  // namespace assay::extra
