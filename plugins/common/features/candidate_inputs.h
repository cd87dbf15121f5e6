#pragma once
// Part of assay::extra, which promises no stable API or ABI: see assay/extra/README.md.

/// What is known of a candidate in its request: scores, sources, places, affinities.

#include <ATen/core/Tensor.h>
#include <assay/batch.h>

#include <cstdint>
#include <string>
#include <vector>

namespace assay::extra {

/// Something a ranker knows of a candidate in its request (not of the item or the user alone).
struct CandidateInput {
  std::string name;
  at::Tensor value;  ///< float64 [B, K]; NaN where unknown, anything at padding
};

/// How much of a user's history shares the candidate's category: the share of history items that
/// have it, averaged over the categories of the candidate. In [0, 1]; NaN where the history is
/// empty or the candidate has none. An item of the history counts as much as `history.weight` says;
/// counted_history() makes it one that holds each item once.
/// @param feature  of the items, a category or a set
/// @param item     int64 [B, K], -1 at padding
/// @return float64 [B, K]
at::Tensor category_affinity(const Feature& feature, const History& history,
                             const at::Tensor& item);

/// What every ranker that learns from candidates may look at, in this order: `score` of the stage
/// before; `score_relative`, the same between 0 for the request's worst and 1 for its best
/// candidate, since scores that are sums over a history grow with it; `place`, 1 / log2(place + 1),
/// so 1 for the first; for each recall source `source:<name>` and `source_relative:<name>`, its own
/// score, NaN where it did not bring the item; and `affinity:<feature>` for each item feature in
/// `affinities`.
std::vector<CandidateInput> candidate_inputs(const RequestBatch& requests,
                                             const CandidateBatch& candidates,
                                             const std::vector<std::string>& sources,
                                             const std::vector<const Feature*>& affinities);

}  // namespace assay::extra
