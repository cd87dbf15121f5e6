#pragma once

#include <vector>

#include "analysis/column.h"
#include "analysis/finding.h"
#include "stats/seeds.h"

namespace assay::analysis {

/// A variant and the baseline on the same data set and fold, both complete.
struct GroupPair {
  const TrialGroup& baseline;
  const TrialGroup& variant;
  GroupUsers users;

  /// The row of a comparison that has no numbers yet.
  results::ComparisonRow row(const results::StageMetric& at) const;
};

/// Compares one column of a variant with the baseline's, request by request: percentile bootstrap
/// for the primary metric (up to 20,000 requests, above it studentised normal), Student's t for all
/// else. Neither family nor verdict is set.
///
/// Where the two were given different requests the row has its reason instead of numbers.
/// @param spread  of the differences, if it is wanted
results::ComparisonRow compare_column(const Comparing& comparing, const GroupPair& pair,
                                      const results::StageMetric& at, bool primary,
                                      std::optional<stats::PairSpread>* spread = nullptr);

/// The same of values that were paired already, of a part of the requests say.
results::ComparisonRow compare_pairs(const Comparing& comparing, const GroupPair& pair,
                                     const results::StageMetric& at,
                                     const stats::SeedPairing& pairs, bool primary,
                                     std::optional<stats::PairSpread>* spread = nullptr);

/// The served lists of every variant against the baseline's, on every data set and fold: the
/// primary metric, the guardrails on metrics, and everything else as exploratory. Where folds are
/// pooled the single folds are exploratory.
std::vector<Finding> compare_quality(const Comparing& comparing);

}  // namespace assay::analysis
