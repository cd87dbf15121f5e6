#include "nearest_items.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace assay::ann {
namespace {

constexpr int64_t kLanes = 4, kStep = 4 * kLanes;
using Floats = float __attribute__((vector_size(kLanes * sizeof(float))));
using Doubles = double __attribute__((vector_size(kLanes * sizeof(double))));

Doubles lanes(const float* from) {
  Floats values;
  std::memcpy(&values, from, sizeof values);
  return __builtin_convertvector(values, Doubles);
}

bool contains(std::span<const int64_t> ascending, int64_t item) {
  return std::ranges::binary_search(ascending, item);
}

}  // namespace

double exact_product(const float* a, const float* b, int64_t width) {
  Doubles sums[4] = {};
  int64_t at = 0;
  for (; at + kStep <= width; at += kStep)
    for (int64_t n = 0; n < 4; ++n)
      sums[n] += lanes(a + at + n * kLanes) * lanes(b + at + n * kLanes);
  double rest = 0;
  for (; at < width; ++at) rest += static_cast<double>(a[at]) * b[at];
  const Doubles sum = (sums[0] + sums[1]) + (sums[2] + sums[3]);
  return (sum[0] + sum[2]) + (sum[1] + sum[3]) + rest;
}

NearestItems::NearestItems(at::Tensor vectors, std::optional<HnswIndex> index)
    : vectors_(std::move(vectors)),
      index_(std::move(index)),
      rows_(vectors_.const_data_ptr<float>()),
      width_(vectors_.size(1)) {
  for (int64_t item = 0; item < vectors_.size(0); ++item) {
    const std::span row(rows_ + item * width_, static_cast<size_t>(width_));
    if (std::ranges::all_of(row, [](float value) { return value == 0; })) zeros_.push_back(item);
  }
}

std::optional<std::span<const ScoredItem>> NearestItems::find(const float* query,
                                                              const Wanted& wanted,
                                                              Space& space) const {
  // An excluded item may be among the nearest: so many more are asked for.
  const int64_t asked = wanted.k + std::ssize(wanted.excluded);
  if (!index_ || asked > wanted.most || asked >= index_->size()) return std::nullopt;
  index_->search(query, std::max(wanted.ef, asked), space.items);
  std::vector<ScoredItem>& scored = space.scored;
  scored.clear();
  for (const int64_t item : space.items)
    if (wanted.excluded.empty() || !contains(wanted.excluded, item))
      scored.push_back({score(query, item), item});
  if (std::ssize(scored) < wanted.k) return std::nullopt;
  std::ranges::nth_element(scored, scored.begin() + (wanted.k - 1), is_before);
  if (scored[wanted.k - 1].score <= 0) {
    // Items that the index does not know have a product of 0.
    int64_t more = 0;
    for (size_t at = 0; at < zeros_.size() && more < wanted.k; ++at) {
      if (contains(wanted.excluded, zeros_[at])) continue;
      scored.push_back({0, zeros_[at]});
      ++more;
    }
    std::ranges::nth_element(scored, scored.begin() + (wanted.k - 1), is_before);
  }
  std::sort(scored.begin(), scored.begin() + wanted.k, is_before);
  return std::span<const ScoredItem>(scored).first(static_cast<size_t>(wanted.k));
}

}  // namespace assay::ann
