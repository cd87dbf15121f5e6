#pragma once

#include <assay/batch.h>
#include <assay/strategy.h>

#include <cstdint>
#include <optional>
#include <string>

namespace assay::pipeline {

/// The contract of a candidate batch (assay/batch.h), checked on the CPU: shape, dtype, device,
/// padding at the tail, ids inside the catalogue, no item twice, none excluded, only what is
/// allowed, falling scores, no NaN. Each returns nothing where it holds, else one sentence: place,
/// expected and got. Cost: one look at each candidate.

/// @param k  how many were asked for: the batch may be narrower, not wider
std::optional<std::string> recall_breach(const CandidateBatch& got, const RequestBatch& requests,
                                         int64_t k, int64_t items);

/// Same items as `given` in each row, scores falling.
std::optional<std::string> rank_breach(const CandidateBatch& got, const CandidateBatch& given);

/// At most `n` of the items of `given`, each with the score it came with, in any order.
std::optional<std::string> rerank_breach(const CandidateBatch& got, const CandidateBatch& given,
                                         int64_t n);

/// Terms of one length whose rows are places of `candidates`, of known kinds, with ids and weights;
/// a base for each candidate.
std::optional<std::string> explanation_breach(const Explanation& got,
                                              const CandidateBatch& candidates);

}  // namespace assay::pipeline
