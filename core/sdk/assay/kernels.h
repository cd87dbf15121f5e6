#pragma once

/// Fast building blocks that see to the rules of a batch (exclusions, allowed sets, ties, padding).
/// They live in libassay_kernels.so, which is shipped with the SDK. CPU and GPU give the same ids
/// up to ties that floating-point rounding makes or breaks.

#include <ATen/core/Tensor.h>
#include <assay/batch.h>

#include <cstdint>

namespace assay {

/// The `k` best items of each row of `scores`.
/// @param scores    float32 or float64 [B, N]; -inf and NaN are never chosen, -inf being the way to
///                  say so: a request for which nothing but NaN could be chosen fails the strategy.
///                  float64 is compared as float64 and returned as float32.
/// @param requests  its `excluded` are never chosen; where `allowed` is set, only those are
/// @return item int64 [B, k], score float32 [B, k], falling; ties to the smaller id; the tail is
///         padded with -1 and -inf
/// Throws std::invalid_argument that names the argument where a shape, type or device is wrong.
ASSAY_API CandidateBatch top_k(const at::Tensor& scores, int64_t k, const RequestBatch& requests);

/// top_k of `queries · itemsᵀ` without storing the product: tiles of the catalogue are scored and
/// selected in cache.
/// @param queries  float32 [B, D]
/// @param items    float32 [N, D]
/// Same result as top_k(queries.matmul(items.t()), k, requests) up to ties made by rounding.
ASSAY_API CandidateBatch top_k_dot(const at::Tensor& queries, const at::Tensor& items, int64_t k,
                                   const RequestBatch& requests);

/// The candidates in the order of new scores (falling; ties to the smaller item id; padding stays
/// at the tail). `source_score` moves along; `propensity` and `features` are dropped.
/// @param score  float32 [B, K], one for each candidate as they stand; what stands at padding is
/// ignored
ASSAY_API CandidateBatch by_score(const CandidateBatch& candidates, const at::Tensor& score);

/// The candidates at `place` (int64 [B, n], -1 pads), in that order, with the scores, source scores
/// that they came with. `features` are dropped.
ASSAY_API CandidateBatch pick(const CandidateBatch& candidates, const at::Tensor& place);

/// float32 [B, n], uniform in [0, 1) with 24 random bits each: Philox 4x32-10 (Salmon et al. 2011)
/// with key `seed` and counter (draw / 4, stream, request, place), word draw % 4. Bit-identical on
/// every device and in every batch.
/// @param request  int64 [B]
ASSAY_API at::Tensor counter_uniform(uint64_t seed, uint64_t place, uint64_t stream,
                                     const at::Tensor& request, int64_t n);

/// float32 [rows, columns]: 1 at every value of the row (0/1 history matrices). Values must lie in
/// 0..columns-1.
ASSAY_API at::Tensor multi_hot(const Ragged& rows, int64_t columns);

}  // namespace assay
