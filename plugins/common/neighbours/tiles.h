#pragma once
// Part of assay::extra, which promises no stable API or ABI: see assay/extra/README.md.

/// The best items by dense scores of the whole catalogue, a few requests at a time.

#include <ATen/core/Tensor.h>
#include <assay/batch.h>

#include <cstdint>
#include <functional>

namespace assay::extra {

/// The best items of each request where scoring gives a dense row over the whole catalogue: `score`
/// is called for a few requests at a time, so that their scores stay in cache and B x N numbers
/// never exist.
/// @param items  N
/// @param score  from requests (without `context`) to scores, float32 or float64 [requests, N]
CandidateBatch top_k_in_tiles(const RequestBatch& requests, int64_t items, int64_t k,
                              const std::function<at::Tensor(const RequestBatch&)>& score);

/// The same for models that know a user by the history alone: a request of which they know nothing
/// gets an empty row, since the order of its items would be that of their ids. That is one without a
/// history, and one whose scores are all equal.
CandidateBatch known_top_k_in_tiles(const RequestBatch& requests, int64_t items, int64_t k,
                                    const std::function<at::Tensor(const RequestBatch&)>& score);

}  // namespace assay::extra
