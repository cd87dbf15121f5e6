#include "lazy_determinant.h"

#include <assay/extra/similarity/best_place.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace assay::dpp {

void LazyDeterminant::begin(std::span<const int64_t> items, std::span<const double> log_quality,
                            int64_t most) {
  similarity_.gather(items);
  items_ = items;
  log_quality_ = log_quality;
  width_ = extra::padded_width(most);
  // Rows keep what an earlier request left: each is cleared when it is first continued.
  if (rows_.size() < items.size() * static_cast<size_t>(width_))
    rows_.resize(items.size() * static_cast<size_t>(width_));
  value_.assign(log_quality.begin(), log_quality.end());
  residual_.assign(items.size(), 1.0);
  seen_.assign(items.size(), 0);
  placed_.clear();
  root_.clear();
  taken_.clear();
}

GreedyDeterminant::Pick LazyDeterminant::next() {
  const int64_t best = extra::lazily_best_place(
      value_, items_, [&](int64_t i) { return seen_[i] == placed_.size(); },
      [&](int64_t i) { refresh(i); });
  if (best < 0) return {};
  taken_.resize(placed_.size());
  std::transform(row(best), row(best) + taken_.size(), taken_.begin(),
                 [](double part) { return part * part; });
  placed_.push_back(best);
  root_.push_back(std::sqrt(residual_[best]));
  value_[best] = -std::numeric_limits<double>::infinity();
  return {best, residual_[best]};
}

// Zeros behind what is known of either row let products run over whole steps.
void LazyDeterminant::refresh(int64_t place) {
  double* const own = row(place);
  if (seen_[place] == 0) std::fill_n(own, width_, 0.0);
  const std::span<const int64_t> since = std::span(placed_).subspan(seen_[place]);
  similar_.resize(since.size());
  similarity_.similarities(place, since, similar_.data());
  for (size_t s = 0; s < since.size(); ++s) {
    const auto at = static_cast<int64_t>(seen_[place] + s);
    const double similar = kernel_.halved ? (1 + similar_[s]) / 2 : similar_[s];
    const double known = extra::dot(own, row(since[s]), extra::padded_width(at));
    own[at] = (similar - known) / root_[at];
    residual_[place] -= own[at] * own[at];
  }
  seen_[place] = placed_.size();
  value_[place] = residual_[place] < kernel_.epsilon
                      ? -std::numeric_limits<double>::infinity()
                      : log_quality_[place] + std::log(residual_[place]);
}

}  // namespace assay::dpp
