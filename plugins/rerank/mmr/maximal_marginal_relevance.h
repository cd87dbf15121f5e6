#pragma once

#include <ATen/core/Tensor.h>
#include <assay/extra/similarity/item_similarity.h>

#include <cstdint>
#include <span>

namespace assay::mmr {

/// Picks places one after another, each time the one with the largest
///
///     lambda * relevance - (1 - lambda) * largest similarity with an item picked before (0 for the
///     first)
///
/// (Carbonell & Goldstein 1998, The Use of MMR). Values within 1e-12 are a tie, which goes to the
/// smaller item id.
/// @param items       dense ids of the candidates, none twice
/// @param relevance   as many
/// @param similarity  used as scratch space
/// @param place       as many picks as it has room for, or there are items; the rest is left as it
/// was
/// @param objective optional output: the objective at each pick; may be empty
void pick_by_marginal_relevance(std::span<const int64_t> items, std::span<const double> relevance,
                                double lambda, extra::CandidateSimilarity& similarity,
                                std::span<int64_t> place, std::span<double> objective = {});

/// The same for a whole batch by tensor operations, for devices that like many rows at once.
/// @param item       int64 [B, K], -1 pads the tail
/// @param relevance  float64 [B, K], -inf at padding
/// @param unit       float64 [B, K, D], vectors of length 1 (or 0)
/// @return int64 [B, n], -1 where a row has fewer candidates
at::Tensor places_by_marginal_relevance(const at::Tensor& item, const at::Tensor& relevance,
                                        const at::Tensor& unit, double lambda, int64_t n);

}  // namespace assay::mmr
