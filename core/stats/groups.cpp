#include "stats/groups.h"

#include <cmath>

#include "error/error.h"
#include "stats/distributions.h"
#include "stats/moments.h"
#include "stats/ranks.h"
#include "stats/studentised.h"

namespace assay::stats {

namespace {

/// Means of the groups and the variance within them.
struct Within {
  std::vector<Moments> groups;
  int64_t n = 0;
  double variance = 0.0;  ///< pooled
  double degrees = 0.0;   ///< n - groups
  std::string reason;

  explicit Within(Groups samples) {
    double squares = 0.0;
    for (const auto& sample : samples) {
      if (sample.empty()) reason = "a group has no values";
      groups.push_back(moments_of(sample));
      n += groups.back().n;
      squares += groups.back().variance * static_cast<double>(groups.back().n - 1);
    }
    degrees = static_cast<double>(n) - static_cast<double>(samples.size());
    if (samples.size() < 2) reason = "there are fewer than two groups";
    if (degrees > 0.0) variance = squares / degrees;
    if (reason.empty() && variance <= 0.0) reason = "no group has any spread";
  }
};

GroupTest chi_square_test(double statistic, double degrees, int64_t n, const char* method) {
  return {statistic, degrees, 0.0, chi_square_upper(statistic, degrees), n, method, ""};
}

GroupTest untested(int64_t n, const char* method, const std::string& reason) {
  GroupTest test;
  test.n = n;
  test.method = method;
  test.reason = reason;
  return test;
}

Difference pair_difference(const Within& within, size_t first, size_t second) {
  const Moments& one = within.groups[first];
  const Moments& other = within.groups[second];
  Difference result;
  result.value = one.mean - other.mean;
  result.n = one.n + other.n;
  result.degrees_of_freedom = within.degrees;
  result.standard_error = std::sqrt(
      within.variance * (1.0 / static_cast<double>(one.n) + 1.0 / static_cast<double>(other.n)));
  return result;
}

void set_interval(Difference& result, double critical, double alpha) {
  const double half = critical * *result.standard_error;
  result.alpha = alpha;
  result.interval = {*result.value - half, *result.value + half};
}

}  // namespace

GroupTest anova(Groups groups) {
  constexpr char kMethod[] = "one-way analysis of variance";
  const Within within(groups);
  if (!within.reason.empty()) return untested(within.n, kMethod, within.reason);
  double total = 0.0;
  for (const Moments& group : within.groups) total += group.mean * static_cast<double>(group.n);
  const double mean = total / static_cast<double>(within.n);
  double between = 0.0;
  for (const Moments& group : within.groups) {
    between += static_cast<double>(group.n) * (group.mean - mean) * (group.mean - mean);
  }
  const auto degrees = static_cast<double>(groups.size() - 1);
  const double f = between / degrees / within.variance;
  return {f, degrees, within.degrees, f_upper(f, degrees, within.degrees), within.n, kMethod, ""};
}

GroupTest kruskal_wallis(Groups groups) {
  constexpr char kMethod[] = "Kruskal-Wallis";
  const Within within(groups);
  std::vector<double> all;
  for (const auto& group : groups) all.insert(all.end(), group.begin(), group.end());
  const Ranks ranks = mid_ranks(all);
  const auto n = static_cast<double>(all.size());
  const double correction = 1.0 - ranks.tie_term() / (n * n * n - n);
  if (groups.size() < 2 || !(correction > 0.0)) {
    return untested(within.n, kMethod, groups.size() < 2 ? within.reason : "all values are equal");
  }
  double sum = 0.0;
  size_t at = 0;
  for (const auto& group : groups) {
    if (group.empty()) return untested(within.n, kMethod, within.reason);
    double of_group = 0.0;
    for (size_t i = 0; i < group.size(); ++i) of_group += ranks.ranks[at++];
    sum += of_group * of_group / static_cast<double>(group.size());
  }
  const double h = (12.0 / (n * (n + 1.0)) * sum - 3.0 * (n + 1.0)) / correction;
  return chi_square_test(h, static_cast<double>(groups.size() - 1), within.n, kMethod);
}

GroupTest friedman(Groups treatments) {
  constexpr char kMethod[] = "Friedman";
  const size_t count = treatments.size();
  const size_t users = count > 0 ? treatments.front().size() : 0;
  for (const auto& row : treatments)
    error::require(row.size() == users, "each treatment has all users");
  const auto n = static_cast<int64_t>(users);
  if (count < 2 || users == 0) return untested(n, kMethod, "there is nothing to compare");
  std::vector<double> sums(count, 0.0);
  double ties = 0.0;
  std::vector<double> column(count);
  for (size_t user = 0; user < users; ++user) {
    for (size_t j = 0; j < count; ++j) column[j] = treatments[j][user];
    const Ranks ranks = mid_ranks(column);
    ties += ranks.tie_term();
    for (size_t j = 0; j < count; ++j) sums[j] += ranks.ranks[j];
  }
  const auto k = static_cast<double>(count);
  const auto blocks = static_cast<double>(users);
  const double correction = 1.0 - ties / (blocks * k * (k * k - 1.0));
  if (correction <= 0.0) return untested(n, kMethod, "every user is indifferent");
  double squares = 0.0;
  for (double sum : sums) squares += sum * sum;
  const double chi2 =
      (12.0 / (blocks * k * (k + 1.0)) * squares - 3.0 * blocks * (k + 1.0)) / correction;
  return chi_square_test(chi2, k - 1.0, n, kMethod);
}

std::vector<GroupPairTest> tukey(Groups groups, double alpha) {
  require_probability(alpha, "alpha");
  const Within within(groups);
  if (!within.reason.empty()) return {};
  const auto count = static_cast<double>(groups.size());
  const double critical =
      studentised_range_quantile(1.0 - alpha, count, within.degrees) / std::sqrt(2.0);
  std::vector<GroupPairTest> pairs;
  for (size_t i = 0; i < groups.size(); ++i) {
    for (size_t j = i + 1; j < groups.size(); ++j) {
      Difference difference = pair_difference(within, i, j);
      difference.method = "Tukey-Kramer";
      const double q = std::sqrt(2.0) * std::abs(*difference.value) / *difference.standard_error;
      difference.p = 1.0 - studentised_range_cdf(q, count, within.degrees);
      set_interval(difference, critical, alpha);
      pairs.push_back({i, j, std::move(difference)});
    }
  }
  return pairs;
}

std::vector<GroupPairTest> dunnett(Groups groups, double alpha) {
  require_probability(alpha, "alpha");
  const Within within(groups);
  if (!within.reason.empty()) return {};
  std::vector<double> loadings;
  for (size_t i = 1; i < groups.size(); ++i) {
    const auto n = static_cast<double>(groups[i].size());
    loadings.push_back(std::sqrt(n / (n + static_cast<double>(groups[0].size()))));
  }
  const double critical = dunnett_quantile(1.0 - alpha, loadings, within.degrees);
  std::vector<GroupPairTest> pairs;
  for (size_t i = 1; i < groups.size(); ++i) {
    Difference difference = pair_difference(within, i, 0);
    difference.method = "Dunnett";
    const double t = std::abs(*difference.value) / *difference.standard_error;
    difference.p = 1.0 - dunnett_cdf(t, loadings, within.degrees);
    set_interval(difference, critical, alpha);
    pairs.push_back({i, 0, std::move(difference)});
  }
  return pairs;
}

}  // namespace assay::stats
