#include "stats/delong.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "error/error.h"
#include "stats/distributions.h"
#include "stats/pair_moments.h"
#include "stats/ranks.h"

namespace assay::stats {

namespace {

/// The structural components: of each positive the share of negatives below it, and of each
/// negative the share of positives above it.
struct Components {
  std::vector<double> of_positive, of_negative;

  Components(std::span<const double> scores, std::span<const char> positive) {
    error::require(scores.size() == positive.size(), "each score has a label");
    std::vector<double> kinds[2];
    for (size_t i = 0; i < scores.size(); ++i) {
      kinds[positive[i] != 0].push_back(scores[i]);
    }
    const std::vector<double> all = mid_ranks(scores).ranks;
    const std::vector<double> own[2] = {mid_ranks(kinds[0]).ranks, mid_ranks(kinds[1]).ranks};
    const auto negatives = static_cast<double>(kinds[0].size());
    const auto positives = static_cast<double>(kinds[1].size());
    size_t next[2] = {0, 0};
    for (size_t i = 0; i < scores.size(); ++i) {
      const bool is_positive = positive[i] != 0;
      const double below = all[i] - own[is_positive][next[is_positive]++];
      if (is_positive) {
        of_positive.push_back(below / negatives);
      } else {
        of_negative.push_back(1.0 - below / positives);
      }
    }
  }

  std::string problem() const {
    if (of_positive.empty()) return "there are no positives";
    if (of_negative.empty()) return "there are no negatives";
    if (of_positive.size() < 2 || of_negative.size() < 2) {
      return "a variance needs two positives and two negatives";
    }
    return "";
  }
  bool has_value() const { return !of_positive.empty() && !of_negative.empty(); }
};

Estimate estimate_of(const Components& parts, double alpha) {
  Estimate result;
  result.n = std::ssize(parts.of_positive) + std::ssize(parts.of_negative);
  result.alpha = alpha;
  result.method = "AUC, DeLong";
  result.reason = parts.problem();
  if (!parts.has_value()) return result;
  const Moments positive = moments_of(parts.of_positive);
  result.value = positive.mean;
  if (!result.reason.empty()) return result;
  const double variance =
      positive.variance_of_mean() + moments_of(parts.of_negative).variance_of_mean();
  const double half = normal_quantile(1.0 - alpha / 2.0) * std::sqrt(variance);
  result.interval = {std::max(0.0, *result.value - half), std::min(1.0, *result.value + half)};
  return result;
}

double variance_of_difference(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> apart(a.size());
  for (size_t i = 0; i < a.size(); ++i) apart[i] = b[i] - a[i];
  return moments_of(apart).variance_of_mean();
}

}  // namespace

Estimate auc(std::span<const double> scores, std::span<const char> positive, double alpha) {
  require_probability(alpha, "alpha");
  return estimate_of(Components(scores, positive), alpha);
}

AucComparison compare_auc(std::span<const double> scores_a, std::span<const double> scores_b,
                          std::span<const char> positive, double alpha) {
  require_probability(alpha, "alpha");
  const Components a(scores_a, positive);
  const Components b(scores_b, positive);
  AucComparison result{estimate_of(a, alpha), estimate_of(b, alpha), {}};
  Difference& difference = result.difference;
  difference.n = result.a.n;
  difference.alpha = alpha;
  difference.method = "DeLong's test of paired AUCs";
  difference.reason = a.problem();
  if (!a.has_value()) return result;
  difference.value = *result.b.value - *result.a.value;
  if (!difference.reason.empty()) return result;
  const double error = std::sqrt(variance_of_difference(a.of_positive, b.of_positive) +
                                 variance_of_difference(a.of_negative, b.of_negative));
  difference.standard_error = error;
  const double half = normal_quantile(1.0 - alpha / 2.0) * error;
  difference.interval = {*difference.value - half, *difference.value + half};
  if (error == 0.0) {
    difference.reason = "the difference has no variance";
  } else {
    difference.p = normal_two_sided(*difference.value / error);
  }
  return result;
}

}  // namespace assay::stats
