#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/mm.h>

#include <assay/kernels.h>

#include <algorithm>
#include <vector>

#include "kernels/request_rows.h"
#include "kernels/selector.h"
#include "kernels/top_k_aten.h"

namespace assay {
namespace {

constexpr int64_t kTileItems = 1024;  // times D floats: the part of the catalogue that stays in cache
constexpr int64_t kTileRows = 64;     // times kTileItems floats: the product that stays in cache

using RowSelector = detail::Selector<float>;

struct Job {
  const at::Tensor& queries;  // [B, D]
  const at::Tensor& items;    // [N, D]
  int64_t k;
  const detail::RequestRows& limits;
};

// Offers items first..last to the selectors of the rows from `row` on.
void scan_items(const Job& job, int64_t row, std::vector<RowSelector>& selectors, int64_t first, int64_t last) {
  const int64_t rows = static_cast<int64_t>(selectors.size());
  at::Tensor product = at::empty({std::min(kTileRows, rows) * kTileItems}, job.queries.options());
  const float* scores = product.const_data_ptr<float>();
  for (int64_t item = first; item < last; item += kTileItems) {
    const int64_t count = std::min(kTileItems, last - item);
    const at::Tensor tile = job.items.narrow(0, item, count).t();
    for (int64_t r = 0; r < rows; r += kTileRows) {
      const int64_t height = std::min(kTileRows, rows - r);
      at::Tensor part = product.narrow(0, 0, height * count).view({height, count});
      at::mm_out(part, job.queries.narrow(0, row + r, height), tile);
      for (int64_t i = 0; i < height; ++i) selectors[r + i].scan(scores + i * count, count, item);
    }
  }
}

void scan_allowed(const Job& job, int64_t row, RowSelector& selector) {
  const int64_t width = job.queries.size(1);
  const float* query = job.queries.const_data_ptr<float>() + row * width;
  for (const int64_t* id = job.limits.allowed()->begin(row); id != job.limits.allowed()->end(row); ++id) {
    if (*id < 0 || *id >= job.items.size(0)) {
      throw std::invalid_argument("top_k_dot: allowed names item " + std::to_string(*id) + " of " +
                                  std::to_string(job.items.size(0)));
    }
    const float* item = job.items.const_data_ptr<float>() + *id * width;
    float dot = 0;
    for (int64_t d = 0; d < width; ++d) dot += query[d] * item[d];
    selector.offer(dot, *id);
  }
}

std::vector<RowSelector> selectors_for(const Job& job, int64_t first, int64_t last) {
  std::vector<RowSelector> selectors(static_cast<size_t>(last - first));
  for (int64_t row = first; row < last; ++row) {
    selectors[row - first].begin(std::min(job.k, job.items.size(0)), job.limits.forbidden(row));
  }
  return selectors;
}

}  // namespace

CandidateBatch top_k_dot(const at::Tensor& queries, const at::Tensor& items, int64_t k, const RequestBatch& requests) {
  auto vectors = [](const at::Tensor& t) { return t.defined() && t.dim() == 2 && t.scalar_type() == at::kFloat; };
  detail::expect(vectors(queries), "top_k_dot", "queries must be float32 [B, D]", queries);
  detail::expect(vectors(items) && items.size(1) == queries.size(1), "top_k_dot",
                 "items must be float32 [N, D] with the D of queries, " + detail::describe(queries), items);
  detail::expect_rows("top_k_dot", queries, requests, k);
  if (!queries.is_cpu()) return top_k_dot_aten(queries, items, k, requests);

  const at::Tensor query = queries.contiguous(), item = items.contiguous();
  const detail::RequestRows limits(requests);
  const Job job{query, item, k, limits};
  const int64_t rows = query.size(0);
  CandidateBatch out{.item = at::empty({rows, k}, query.options().dtype(at::kLong)),
                     .score = at::empty({rows, k}, query.options())};
  int64_t* item_out = out.item.mutable_data_ptr<int64_t>();
  float* score_out = out.score.mutable_data_ptr<float>();
  at::parallel_for(0, rows, 1, [&](int64_t first, int64_t last) {
    std::vector<RowSelector> selectors = selectors_for(job, first, last);
    if (limits.allowed() == nullptr) {
      scan_items(job, first, selectors, 0, item.size(0));
    } else {
      for (int64_t row = first; row < last; ++row) scan_allowed(job, row, selectors[row - first]);
    }
    for (int64_t row = first; row < last; ++row) {
      selectors[row - first].finish(k, item_out + row * k, score_out + row * k);
    }
  });
  return out;
}

}  // namespace assay
