#pragma once

#include <assay/batch.h>

#include <functional>
#include <string>
#include <vector>

#include "task/experiment.h"

namespace assay::pipeline {

/// Makes one candidate list of several, row by row.
/// @param sources  S batches of the same requests, each in rank order
/// @param merge    params of its method: k0 (reciprocal_rank) · normalise (weighted_score) · quotas, a
///                 number a source (quota) · weights, a number a source (the first two; absent: all 1)
/// @return the union (of what quotas leave): each item once, scores falling, ties to the smaller
/// item id, at most merge.k columns (0: all),
///         with source_score [B, K, S]
using Merger = std::function<CandidateBatch(const std::vector<CandidateBatch>& sources,
                                            const task::MergeSpec& merge)>;

/// Throws std::out_of_range for `none`.
const Merger& merger(task::MergeMethod method);

/// A single source as a merged list: the same items and scores, with source_score [B, K, 1].
CandidateBatch with_source_score(CandidateBatch batch);

/// The first `k` columns; 0 keeps all. Propensities stay where nothing is cut.
CandidateBatch narrowed(const CandidateBatch& batch, int64_t k);

}  // namespace assay::pipeline
