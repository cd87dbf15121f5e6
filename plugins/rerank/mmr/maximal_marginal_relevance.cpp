#include "maximal_marginal_relevance.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/full.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/zeros_like.h>

#include <algorithm>
#include <limits>
#include <vector>

namespace assay::mmr {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kTie = 1e-12;

// The place of the largest value, among ties the smallest item.
int64_t best_place(std::span<const double> values, std::span<const int64_t> items) {
  int64_t best = std::ranges::max_element(values) - values.begin();
  const double largest = values[best];
  for (int64_t i = 0; i < std::ssize(values); ++i) {
    if (values[i] >= largest - kTie && items[i] < items[best]) best = i;
  }
  return best;
}

// Of a candidate that is left; one that is taken has -inf, with any lambda.
double value_of(double worth, double likest, double lambda) {
  return worth == -kInfinity ? worth : lambda * worth - (1 - lambda) * likest;
}

}  // namespace

void pick_by_marginal_relevance(std::span<const int64_t> items, std::span<const double> relevance,
                                double lambda, extra::CandidateSimilarity& similarity,
                                std::span<int64_t> place, std::span<double> objective) {
  similarity.gather(items);
  const size_t count = items.size();
  std::vector<double> value(count), likest(count, 0.0), similar(count),
      worth(relevance.begin(), relevance.end());
  for (size_t pick = 0; pick < std::min(count, place.size()); ++pick) {
    for (size_t i = 0; i < count; ++i) value[i] = value_of(worth[i], likest[i], lambda);
    const int64_t best = best_place(value, items);
    place[pick] = best;
    if (pick < objective.size()) objective[pick] = value[best];
    worth[best] = -kInfinity;  // taken
    similarity.similarities(best, similar.data());
    for (size_t i = 0; i < count; ++i)
      likest[i] = pick == 0 ? similar[i] : std::max(likest[i], similar[i]);
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
        item.masked_fill(value < largest - kTie, std::numeric_limits<int64_t>::max());
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
