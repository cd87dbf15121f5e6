#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <assay/error.h>
#include <assay/extra/lists/relevance.h>
#include <assay/extra/lists/score_scaling.h>

#include <limits>
#include <string>

namespace assay::extra {
namespace {

at::Tensor by_place(const at::Tensor& known) {
  const at::Tensor place = at::arange(known.size(1), known.options().dtype(at::kDouble));
  return 1.0 - place / known.sum(1, /*keepdim=*/true).clamp_min(1);
}

}  // namespace

at::Tensor relevance(const CandidateBatch& candidates, Relevance kind) {
  const at::Tensor known = candidates.item >= 0;
  at::Tensor worth = candidates.score.to(at::kDouble);
  if (kind == Relevance::minmax) worth = between_worst_and_best(worth, known);
  if (kind == Relevance::rank) worth = by_place(known);
  return worth.masked_fill(~known, -std::numeric_limits<double>::infinity());
}

void expect_no_negative(const at::Tensor& relevance, const CandidateBatch& candidates,
                        const char* who) {
  if (!relevance.lt(0).logical_and(candidates.item.ge(0)).any().item<bool>()) return;
  throw InvalidInput(std::string(who) +
                     ": the relevance of a candidate is negative; set relevance: minmax or rank.");
}

}  // namespace assay::extra
