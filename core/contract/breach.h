#pragma once

#include <assay/batch.h>
#include <assay/strategy.h>

#include <cstdint>
#include <string>

#include "contract/rules.h"

namespace assay::contract {

/// The contract of a candidate batch (assay/batch.h): shape, dtype, device and every rule of
/// contract/rules.h that its stage has. Each returns nothing where it holds, else one sentence:
/// place, found and expected. Cost: a few looks at each candidate, on the CPU.

/// item int64 and score float32 [requests, at most `widest`], source_score and propensity to match,
/// all on `device`. The rules of the lists may be asked where this holds.
Breach shape_breach(const CandidateBatch& got, const at::Device& device, int64_t requests,
                    int64_t widest);

/// @param k  how many were asked for: the batch may be narrower, not wider
Breach recall_breach(const CandidateBatch& got, const RequestBatch& requests, int64_t k,
                     int64_t items);

/// Same items as `given` in each row, scores falling.
Breach rank_breach(const CandidateBatch& got, const CandidateBatch& given);

/// At most `n` of the items of `given`, each with the score it came with, in any order.
Breach rerank_breach(const CandidateBatch& got, const CandidateBatch& given, int64_t n);

/// Terms of one length whose rows are places of `candidates`, of known kinds, with ids and weights;
/// a base for each candidate.
Breach explanation_breach(const Explanation& got, const CandidateBatch& candidates);

/// "float32 [65, 20]", "int64 [3] on cuda:0", "undefined".
std::string tensor_text(const at::Tensor& tensor);

}  // namespace assay::contract
