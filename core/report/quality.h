#pragma once

#include <vector>

#include "report/finding.h"

namespace assay::report {

/// A variant and the baseline on the same data set and fold, both complete.
struct GroupPair {
  const TrialGroup& baseline;
  const TrialGroup& variant;
  std::vector<std::int32_t> users;  ///< as repeating_users gives them

  /// The row of a comparison that has no numbers yet.
  ComparisonRow row(const StageMetric& at) const;
};

/// Compares one column of a variant with the baseline's, request by request: percentile bootstrap
/// for the primary metric (up to 20,000 requests, above it studentised normal), Student's t for all
/// else. Neither family nor verdict is set.
///
/// Where the two were given different requests the row has its reason instead of numbers.
ComparisonRow compare_column(const Comparing& comparing, const GroupPair& pair,
                             const StageMetric& at, bool primary);

/// The same of values at hand, of a part of the requests say.
/// @param users  of those requests, or none
ComparisonRow compare_values(const Comparing& comparing, const GroupPair& pair,
                             const StageMetric& at, const SeedValues& baseline,
                             const SeedValues& variant, std::span<const std::int32_t> users,
                             bool primary);

/// The served lists of every variant against the baseline's, on every data set and fold: the
/// primary metric, the guardrails on metrics, and everything else as exploratory. Where folds are
/// pooled the single folds are exploratory.
std::vector<Finding> compare_quality(const Comparing& comparing);

}  // namespace assay::report
