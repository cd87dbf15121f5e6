#include "nearest_items.h"

#include <algorithm>
#include <utility>

namespace assay::ann {
namespace {

bool contains(std::span<const int64_t> ascending, int64_t item) {
  return std::ranges::binary_search(ascending, item);
}

}  // namespace

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
  std::vector<ScoredItem>& scored = space.scored;
  index_->search(query, std::max(wanted.ef, asked), scored);
  if (!wanted.excluded.empty())
    std::erase_if(scored,
                  [&](const ScoredItem& one) { return contains(wanted.excluded, one.item); });
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
