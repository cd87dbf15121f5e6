#include <ATen/TensorOperators.h>
#include <ATen/ops/full.h>
#include <ATen/ops/isnan.h>
#include <ATen/ops/sort.h>
#include <ATen/ops/where.h>
#include <assay/kernels.h>

#include <limits>
#include <tuple>

#include "kernels/check.h"

namespace assay {
namespace {

constexpr double kNever = -std::numeric_limits<double>::infinity();

// `values` [B, K, ...] at `place` [B, n] (no -1).
at::Tensor gathered(const at::Tensor& values, const at::Tensor& place) {
  if (values.dim() == 2) return values.gather(1, place);
  return values.gather(1, place.unsqueeze(2).expand({-1, -1, values.size(2)}));
}

// How at::sort orders along a row, ties as they stood.
at::Tensor order_of(const at::Tensor& values, bool falling) {
  return std::get<1>(at::sort(values, true, 1, falling));
}

}  // namespace

CandidateBatch by_score(const CandidateBatch& candidates, const at::Tensor& score) {
  const at::Tensor& item = candidates.item;
  kernels::expect(score.defined() && score.sizes() == item.sizes(), "by_score",
                  "score must have the shape of the candidates, " + kernels::describe(item), score);
  const at::Tensor fresh = at::where(item >= 0, score.to(at::kFloat), kNever);
  // Least important order first: by id, by score (NaN counts as lowest, the contract check will
  // name it), padding last.
  at::Tensor order = order_of(item, false);
  const at::Tensor key = at::where(at::isnan(fresh), kNever, fresh);
  order = order.gather(1, order_of(key.gather(1, order), true));
  order = order.gather(1, order_of((item < 0).gather(1, order), false));
  CandidateBatch out{.item = item.gather(1, order), .score = fresh.gather(1, order)};
  if (candidates.source_score) out.source_score = gathered(*candidates.source_score, order);
  return out;
}

CandidateBatch pick(const CandidateBatch& candidates, const at::Tensor& place) {
  kernels::expect(place.defined() && place.dim() == 2 && place.size(0) == candidates.size() &&
                      place.scalar_type() == at::kLong,
                  "pick",
                  "place must be int64 [B, n] for candidates " + kernels::describe(candidates.item),
                  place);
  const at::Tensor padding = place < 0;
  if (candidates.width() == 0) {
    kernels::expect(padding.all().item<bool>(), "pick",
                    "place must be -1 everywhere, there is no candidate", place);
    return {.item = at::full(place.sizes(), -1, place.options()),
            .score = at::full(place.sizes(), kNever, candidates.score.options())};
  }
  const at::Tensor at_least_0 = place.clamp_min(0);
  CandidateBatch out{.item = candidates.item.gather(1, at_least_0).masked_fill_(padding, -1),
                     .score = candidates.score.gather(1, at_least_0).masked_fill_(padding, kNever)};
  if (candidates.source_score) {
    out.source_score =
        gathered(*candidates.source_score, at_least_0)
            .masked_fill_(padding.unsqueeze(2), std::numeric_limits<double>::quiet_NaN());
  }
  return out;
}

}  // namespace assay
