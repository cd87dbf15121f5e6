#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/where.h>
#include <assay/extra/lists/score_scaling.h>

#include <limits>

namespace assay::extra {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

at::Tensor between_worst_and_best(const at::Tensor& score, const at::Tensor& padding) {
  const at::Tensor best = score.amax(1, /*keepdim=*/true);
  const at::Tensor worst = score.masked_fill(padding, kInfinity).amin(1, /*keepdim=*/true);
  return at::where(best > worst, (score - worst) / (best - worst), 1.0);
}

at::Tensor by_place(const at::Tensor& padding) {
  const at::Tensor place = at::arange(padding.size(1), padding.options().dtype(at::kDouble));
  return 1.0 - place / (~padding).sum(1, /*keepdim=*/true).clamp_min(1);
}

}  // namespace

Relevance relevance_named(const std::string& name) {
  if (name == "raw") return Relevance::raw;
  return name == "rank" ? Relevance::rank : Relevance::minmax;
}

at::Tensor relevance(const CandidateBatch& candidates, Relevance kind) {
  const at::Tensor padding = candidates.item < 0;
  at::Tensor worth = candidates.score.to(at::kDouble);
  if (worth.numel() == 0) return worth;  // no candidate has no largest score
  if (kind == Relevance::minmax) worth = between_worst_and_best(worth, padding);
  if (kind == Relevance::rank) worth = by_place(padding);
  return worth.masked_fill(padding, -kInfinity);
}

}  // namespace assay::extra
