#include "triples.h"

#include <assay/extra/interactions/ragged_spans.h>

#include <algorithm>
#include <numeric>

namespace assay::light_gcn {

Triples::Triples(const TrainingView& data, const extra::PairWeights& weights)
    : items_(data.items), pairs_(data.by_user.values.size(0)), offsets_{0} {
  const extra::WeightedSpans by_user(data.by_user, weights.by_user);
  std::vector<size_t> order;
  for (int64_t user = 0; user < data.users; ++user) {
    const std::span<const int64_t> own = by_user[user];
    order.resize(own.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::ranges::sort(order, {}, [&](size_t at) { return own[at]; });
    double sum = 0;
    for (const size_t at : order) {
      columns_.push_back(static_cast<int32_t>(own[at]));
      if (by_user.has_weights()) until_.push_back(sum += by_user.weight(user, at));
    }
    offsets_.push_back(static_cast<int64_t>(columns_.size()));
    const bool counts = !by_user.has_weights() || sum > 0;
    if (!own.empty() && counts && std::ssize(own) < items_) users_.push_back(user);
  }
}

int64_t Triples::positive_of(int64_t user, extra::SplitMix& random) const {
  const int64_t first = offsets_[user], count = offsets_[user + 1] - first;
  if (until_.empty()) return columns_[first + random.below(static_cast<uint32_t>(count))];
  const auto begin = until_.begin() + first, end = begin + count;
  const auto found = std::upper_bound(begin, end, random.uniform() * *(end - 1));
  return columns_[std::min(found, end - 1) - until_.begin()];
}

bool Triples::has(int64_t user, int64_t item) const {
  return std::binary_search(columns_.begin() + offsets_[user],
                            columns_.begin() + offsets_[user + 1], static_cast<int32_t>(item));
}

void Triples::draw(extra::SplitMix& random, std::vector<Triple>& batch) const {
  for (Triple& triple : batch) {
    triple.user = users_[random.below(static_cast<uint32_t>(users_.size()))];
    triple.positive = positive_of(triple.user, random);
    do {
      triple.negative = random.below(static_cast<uint32_t>(items_));
    } while (has(triple.user, triple.negative));
  }
}

}  // namespace assay::light_gcn
