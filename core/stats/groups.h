#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "stats/estimate.h"

namespace assay::stats {

/// Several independent samples, finite values each; one list a group.
using Groups = std::span<const std::vector<double>>;

/// A test of "all groups are alike". `reason` is set, and p is 1, where nothing could be tested.
struct GroupTest {
  double statistic = 0.0;
  double degrees_of_freedom = 0.0;
  double residual_degrees = 0.0;  ///< of F; 0 for chi-square
  double p = 1.0;
  int64_t n = 0;
  std::string method;
  std::string reason;
};

/// One-way analysis of variance (Fisher 1925): F of the means of independent groups.
GroupTest anova(Groups groups);
/// Kruskal & Wallis 1952: the same on ranks, chi-square, corrected for ties.
GroupTest kruskal_wallis(Groups groups);
/// Friedman 1937: treatments that the same users had, one row a treatment, in the same order of
/// users; ranks within users, corrected for ties. Rows of unequal length are an InternalError.
GroupTest friedman(Groups treatments);

/// One pair of groups: `difference.value` is the mean of `first` less that of `second`, interval
/// and p hold for all pairs at once.
struct GroupPairTest {
  size_t first = 0;
  size_t second = 0;
  Difference difference;
};

/// Tukey's honest significant differences of all pairs, for groups of unequal sizes (Tukey 1953,
/// Kramer 1956). Pooled variance. In the order (0,1), (0,2), ..., (1,2), ...
/// Fewer than two groups, an empty group or no residual freedom give no pair.
std::vector<GroupPairTest> tukey(Groups groups, double alpha = 0.05);

/// Dunnett's (1955) comparisons of groups 1, 2, ... (`first`) with group 0, the control
/// (`second`), two-sided. As `tukey` else.
std::vector<GroupPairTest> dunnett(Groups groups, double alpha = 0.05);

}  // namespace assay::stats
