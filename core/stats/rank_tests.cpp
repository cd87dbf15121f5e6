#include "stats/rank_tests.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "stats/distributions.h"

namespace assay::stats {

namespace {

/// Sums over the ranks of |differences|.
struct RankSums {
  double positive = 0.0;
  double negative = 0.0;
  double ties = 0.0;  ///< sum of t^3 - t over groups of equal |difference|, zeros apart
};

/// The counts by sign; everything else is filled by the test.
RankTest signs_of(std::span<const double> differences) {
  RankTest test;
  for (double difference : differences) {
    test.positive += difference > 0.0;
    test.negative += difference < 0.0;
    test.zero += difference == 0.0;
  }
  test.n = test.positive + test.negative;
  if (test.n == 0) {
    test.reason = differences.empty() ? "there are no differences" : "all differences are 0";
  }
  return test;
}

/// Mid-ranks of |difference|; zeros, where they are kept, hold the lowest ranks.
RankSums rank_sums(std::span<const double> differences, ZeroDifferences zeros) {
  std::vector<double> sorted;
  for (double difference : differences) {
    if (difference != 0.0 || zeros == ZeroDifferences::pratt) sorted.push_back(difference);
  }
  std::ranges::sort(sorted, {}, [](double x) { return std::abs(x); });
  RankSums sums;
  for (size_t begin = 0, end = 0; begin < sorted.size(); begin = end) {
    const double size = std::abs(sorted[begin]);
    while (end < sorted.size() && std::abs(sorted[end]) == size) ++end;
    if (size == 0.0) continue;
    const double rank = 0.5 * static_cast<double>(begin + 1 + end);
    const auto group = static_cast<double>(end - begin);
    sums.ties += group * group * group - group;
    for (size_t i = begin; i < end; ++i) {
      (sorted[i] > 0.0 ? sums.positive : sums.negative) += rank;
    }
  }
  return sums;
}

/// P(W <= statistic) when all 2^n sign patterns are as likely, doubled.
double exact_p(double statistic, int64_t n) {
  const auto most = static_cast<size_t>(n * (n + 1) / 2);
  std::vector<double> share(most + 1, 0.0);  // of the patterns with that rank sum
  share[0] = 1.0;
  for (size_t rank = 1; rank <= static_cast<size_t>(n); ++rank) {
    for (size_t sum = most; sum >= rank; --sum) share[sum] += share[sum - rank];
    for (double& value : share) value *= 0.5;
  }
  double below = 0.0;
  for (size_t sum = 0; sum <= static_cast<size_t>(statistic); ++sum) below += share[sum];
  return std::min(1.0, 2.0 * below);
}

double normal_p(const RankTest& test, const RankSums& sums, const WilcoxonOptions& options) {
  const bool ranked = options.zeros == ZeroDifferences::pratt;
  const auto n = static_cast<double>(ranked ? test.n + test.zero : test.n);
  const auto zero = static_cast<double>(ranked ? test.zero : 0);
  const double mean = (n * (n + 1.0) - zero * (zero + 1.0)) / 4.0;
  const double variance = (n * (n + 1.0) * (2.0 * n + 1.0) -
                           zero * (zero + 1.0) * (2.0 * zero + 1.0) - sums.ties / 2.0) /
                          24.0;
  double distance = mean - test.statistic;
  if (options.continuity_correction) distance = std::max(0.0, distance - 0.5);
  return std::min(1.0, 2.0 * normal_cdf(-distance / std::sqrt(variance)));
}

}  // namespace

RankTest wilcoxon_signed_rank(std::span<const double> differences, const WilcoxonOptions& options) {
  RankTest test = signs_of(differences);
  const RankSums sums = rank_sums(differences, options.zeros);
  test.statistic = std::min(sums.positive, sums.negative);
  const bool exact = test.zero == 0 && sums.ties == 0.0 && test.n <= options.exact_up_to;
  test.method =
      exact ? "Wilcoxon signed rank, exact" : "Wilcoxon signed rank, normal approximation";
  if (test.n == 0) return test;
  test.p_two_sided = exact ? exact_p(test.statistic, test.n) : normal_p(test, sums, options);
  return test;
}

RankTest sign_test(std::span<const double> differences) {
  RankTest test = signs_of(differences);
  test.method = "sign test, exact binomial";
  const int64_t fewer = std::min(test.positive, test.negative);
  test.statistic = static_cast<double>(fewer);
  if (test.n > 0) test.p_two_sided = std::min(1.0, 2.0 * binomial_cdf(fewer, test.n, 0.5));
  return test;
}

}  // namespace assay::stats
