#include "worker/stored_lists.h"

#include <ATen/ops/empty.h>

#include <algorithm>

namespace assay::worker {

CandidateBatch lists_of(const results::Slates& slates) {
  CandidateBatch out;
  out.item = at::empty({slates.requests, slates.size}, at::kLong);
  out.score = at::empty({slates.requests, slates.size}, at::kFloat);
  std::ranges::copy(slates.items, out.item.mutable_data_ptr<int64_t>());
  std::ranges::copy(slates.scores, out.score.mutable_data_ptr<float>());
  return out;
}

}  // namespace assay::worker
