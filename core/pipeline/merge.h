#pragma once

#include <assay/batch.h>

#include <functional>
#include <string>
#include <vector>

#include "task/experiment.h"

namespace assay::pipeline {

/// Makes one candidate list of several, row by row.
/// @param sources  S batches of the same requests, each in rank order
/// @param merge    params as their keys in core/config/variant_keys.cpp say, complete but for
/// `weights`
/// @return the union (of what quotas leave): each item once, scores falling, ties to the smaller
/// item id, at most merge.k columns (0: all),
///         with source_score [B, K, S]
using Merger = std::function<CandidateBatch(const std::vector<CandidateBatch>& sources,
                                            const task::MergeSpec& merge)>;

/// The method of that name; a new method is one more line of the table behind it.
/// Throws InternalError for an unknown name: config has checked it.
const Merger& merger(const std::string& method);

/// Names for `merge.method`.
const std::vector<std::string>& merge_methods();

/// A single source as a merged list: the same items and scores, with source_score [B, K, 1].
CandidateBatch with_source_score(CandidateBatch batch);

/// The first `k` columns; 0 keeps all. Propensities stay where nothing is cut.
CandidateBatch narrowed(const CandidateBatch& batch, int64_t k);

}  // namespace assay::pipeline
