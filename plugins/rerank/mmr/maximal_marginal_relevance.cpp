#include "maximal_marginal_relevance.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/full.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/zeros_like.h>
#include <assay/extra/similarity/best_place.h>

#include <algorithm>
#include <limits>
#include <vector>

namespace assay::mmr {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// A slate that is filled from the top. Once the first item stands, a candidate can only become
// likelier to one above it, so what it is worth can only fall: only those that might be the best are
// compared with what was placed since they were last looked at.
class Slate {
 public:
  Slate(std::span<const double> relevance, double lambda, extra::CandidateSimilarity& similarity)
      : lambda_(lambda),
        similarity_(similarity),
        relevance_(relevance),
        value_(relevance.size()),
        likest_(relevance.size(), 0.0),
        seen_(relevance.size(), 0) {
    for (size_t i = 0; i < value_.size(); ++i) value_[i] = lambda_ * relevance_[i];
  }

  int64_t best(std::span<const int64_t> items) {
    return extra::lazily_best_place(
        value_, items, [&](int64_t i) { return seen_[i] == placed_.size(); },
        [&](int64_t i) { refresh(i); });
  }
  double value(int64_t place) const { return value_[place]; }

  void put(int64_t place) {
    value_[place] = -kInfinity;
    placed_.push_back(place);
    if (placed_.size() > 1) return;
    // The first item may raise values, where it is unlike a candidate by a negative cosine.
    similarity_.similarities(place, likest_.data());
    std::ranges::fill(seen_, 1);
    for (size_t i = 0; i < value_.size(); ++i)
      if (value_[i] != -kInfinity) value_[i] = worth(i);
  }

 private:
  double worth(size_t i) const { return lambda_ * relevance_[i] - (1 - lambda_) * likest_[i]; }

  void refresh(int64_t i) {
    const std::span<const int64_t> since = std::span(placed_).subspan(seen_[i]);
    similar_.resize(since.size());
    similarity_.similarities(i, since, similar_.data());
    likest_[i] = std::max(likest_[i], *std::ranges::max_element(similar_));
    seen_[i] = placed_.size();
    value_[i] = worth(static_cast<size_t>(i));
  }

  double lambda_;
  extra::CandidateSimilarity& similarity_;
  std::span<const double> relevance_;
  std::vector<double> value_, likest_, similar_;
  std::vector<size_t> seen_;  // with how many of those above a candidate was compared
  std::vector<int64_t> placed_;
};

}  // namespace

void pick_by_marginal_relevance(std::span<const int64_t> items, std::span<const double> relevance,
                                double lambda, extra::CandidateSimilarity& similarity,
                                std::span<int64_t> place, std::span<double> objective) {
  similarity.gather(items);
  Slate slate(relevance, lambda, similarity);
  for (size_t pick = 0; pick < std::min(items.size(), place.size()); ++pick) {
    const int64_t best = slate.best(items);
    place[pick] = best;
    if (pick < objective.size()) objective[pick] = slate.value(best);
    slate.put(best);
  }
}

at::Tensor places_by_marginal_relevance(const at::Tensor& item, const at::Tensor& relevance,
                                        const at::Tensor& unit, double lambda, int64_t n) {
  at::Tensor worth = relevance.clone();
  at::Tensor likest = at::zeros_like(worth);
  at::Tensor places = at::full({item.size(0), n}, -1, item.options());
  for (int64_t pick = 0; pick < std::min(n, item.size(1)); ++pick) {
    const at::Tensor value =
        (worth * lambda - likest * (1 - lambda)).masked_fill(worth == -kInfinity, -kInfinity);
    const at::Tensor largest = value.amax(1, /*keepdim=*/true);
    const at::Tensor tied =
        item.masked_fill(value < largest - extra::kTie, std::numeric_limits<int64_t>::max());
    const at::Tensor best = tied.argmin(1, /*keepdim=*/true);
    places.select(1, pick).copy_(best.masked_fill(largest == -kInfinity, -1).squeeze(1));
    worth.scatter_(1, best, -kInfinity);
    const at::Tensor chosen = unit.gather(1, best.unsqueeze(2).expand({-1, 1, unit.size(2)}));
    const at::Tensor similar = at::matmul(unit, chosen.transpose(1, 2)).squeeze(2);
    likest = pick == 0 ? similar : likest.maximum(similar);
  }
  return places;
}

}  // namespace assay::mmr
