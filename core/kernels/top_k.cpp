#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>

#include <assay/kernels.h>

#include <algorithm>

#include "kernels/request_rows.h"
#include "kernels/selector.h"
#include "kernels/top_k_aten.h"

namespace assay {
namespace {

template <typename Score>
void select_row(detail::Selector<Score>& selector, const Score* scores, int64_t items, const detail::RaggedRows* allowed,
                int64_t row) {
  if (allowed == nullptr) return selector.scan(scores, items, 0);
  for (const int64_t* id = allowed->begin(row); id != allowed->end(row); ++id) {
    if (*id < 0 || *id >= items) {
      throw std::invalid_argument("top_k: allowed names item " + std::to_string(*id) + " of " + std::to_string(items));
    }
    selector.offer(scores[*id], *id);
  }
}

template <typename Score>
CandidateBatch top_k_cpu(const at::Tensor& given, int64_t k, const RequestBatch& requests) {
  // Rows may be far apart, or all the same one (expand); within a row scores must be neighbours.
  const at::Tensor scores = given.stride(1) == 1 || given.size(1) <= 1 ? given : given.contiguous();
  const int64_t rows = scores.size(0), items = scores.size(1);
  CandidateBatch out{.item = at::empty({rows, k}, scores.options().dtype(at::kLong)),
                     .score = at::empty({rows, k}, scores.options().dtype(at::kFloat))};
  if (k == 0) return out;
  const detail::RequestRows limits(requests);
  const Score* score = scores.const_data_ptr<Score>();
  int64_t* item_out = out.item.mutable_data_ptr<int64_t>();
  float* score_out = out.score.mutable_data_ptr<float>();
  at::parallel_for(0, rows, 1 + 32768 / (items + 1), [&](int64_t first, int64_t last) {
    detail::Selector<Score> selector;
    for (int64_t row = first; row < last; ++row) {
      selector.begin(std::min(k, items), limits.forbidden(row));
      select_row(selector, score + row * scores.stride(0), items, limits.allowed(), row);
      selector.finish(k, item_out + row * k, score_out + row * k);
    }
  });
  return out;
}

}  // namespace

CandidateBatch top_k(const at::Tensor& scores, int64_t k, const RequestBatch& requests) {
  const bool right = scores.defined() && scores.dim() == 2 &&
                     (scores.scalar_type() == at::kFloat || scores.scalar_type() == at::kDouble);
  detail::expect(right, "top_k", "scores must be float32 or float64 [B, N]", scores);
  detail::expect_rows("top_k", scores, requests, k);
  if (!scores.is_cpu()) return top_k_aten(scores, k, requests);
  return scores.scalar_type() == at::kFloat ? top_k_cpu<float>(scores, k, requests)
                                            : top_k_cpu<double>(scores, k, requests);
}

}  // namespace assay
