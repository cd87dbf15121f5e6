#include <ATen/TensorOperators.h>
#include <ATen/ops/full_like.h>
#include <assay/extra/features/feature_terms.h>

#include <utility>

namespace assay::extra {

Explanation explain_by_features(const CandidateBatch& candidates, const at::Tensor& terms,
                                const at::Tensor& base, std::vector<std::string> names) {
  const at::Tensor there = (terms.ne(0) & (candidates.item >= 0).unsqueeze(2)).nonzero();
  Explanation out;
  out.row = there.select(1, 0) * candidates.width() + there.select(1, 1);
  out.id = there.select(1, 2).contiguous();
  out.kind = at::full_like(out.id, static_cast<int64_t>(Explanation::Kind::feature));
  out.weight = terms.index({there.select(1, 0), there.select(1, 1), out.id}).to(at::kFloat);
  out.base = base.to(at::kFloat).expand_as(candidates.score).contiguous();
  out.names = std::move(names);
  return out;
}

}  // namespace assay::extra
