#pragma once

#include <assay/strategy.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "results/trial_rows.h"

namespace assay::worker {

/// Items of S requests, best first: those that are to be explained.
using Wanted = std::vector<std::vector<int64_t>>;

inline constexpr size_t kMostTerms = 3;

/// What a strategy said of its candidates.
struct Why {
  CandidateBatch candidates;               ///< [S, K], those it was asked about
  std::optional<Explanation> explanation;  ///< none: it cannot say, or failed
  std::string reason;                      ///< how it failed; else empty
};

/// The candidates among `all` (rows of S requests) that are wanted, in the order of `all`.
CandidateBatch only_wanted(const CandidateBatch& all, const Wanted& wanted);

/// The largest terms of each wanted item, larger ones first; what is left goes
/// into its rest. Terms of a feature that are equal for all candidates of a request say nothing of
/// their order: they are never kept.
/// @param size  items of a request that are explained
/// @param most  terms that are kept of an item
results::Explanations explained_terms(const Why& why, const Wanted& wanted, int size,
                                      size_t most = kMostTerms);

}  // namespace assay::worker
