#include "served_items.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/full.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/where.h>
#include <assay/extra/interactions/ragged_spans.h>
#include <assay/kernels.h>

#include <limits>

namespace assay::two_tower {

ServedItems::ServedItems(const at::Tensor& vectors, const at::Tensor& served)
    : all_(served.all().item<bool>()), vectors_(vectors) {
  if (all_) return;
  ids_ = served.nonzero().flatten();
  vectors_ = vectors.index_select(0, ids_);
  place_.assign(static_cast<size_t>(served.size(0)), -1);
  const at::Tensor ids = ids_.cpu();
  for (int64_t n = 0; n < ids.numel(); ++n) place_[ids.const_data_ptr<int64_t>()[n]] = n;
}

// Ids as places among those that are served, which ascend as well.
Ragged ServedItems::among(const Ragged& items) const {
  if (items.rows() == 0) return items;
  const extra::RaggedSpans rows(items);
  std::vector<int64_t> values, offsets = {0};
  for (int64_t row = 0; row < rows.size(); ++row) {
    for (const int64_t item : rows[row])
      if (place_[item] >= 0) values.push_back(place_[item]);
    offsets.push_back(static_cast<int64_t>(values.size()));
  }
  return Ragged{at::tensor(values, at::kLong), at::tensor(offsets, at::kLong)}.to(ids_.device());
}

CandidateBatch ServedItems::nearest(const at::Tensor& queries, int64_t k,
                                    const RequestBatch& requests) const {
  if (all_) return top_k_dot(queries, vectors_, k, requests);
  if (ids_.numel() == 0) {
    return {.item = at::full({queries.size(0), k}, -1, ids_.options()),
            .score = at::full({queries.size(0), k}, -std::numeric_limits<double>::infinity(),
                              queries.options())};
  }
  RequestBatch among_served = requests;
  among_served.excluded = among(requests.excluded);
  if (requests.allowed) among_served.allowed = among(*requests.allowed);
  CandidateBatch best = top_k_dot(queries, vectors_, k, among_served);
  const at::Tensor ids = ids_.index_select(0, best.item.clamp_min(0).flatten()).view_as(best.item);
  best.item = at::where(best.item.ge(0), ids, best.item);
  return best;
}

}  // namespace assay::two_tower
