#include "stats/delong.h"

#include <gmock/gmock.h>

#include <cmath>

#include "samples.h"

namespace assay::stats {
namespace {

struct Cases {
  std::vector<double> a, b;
  std::vector<char> positive;
};

/// Scores in steps of 1/4, so that some are tied; b is the better one.
Cases cases_of(int n, uint32_t which, double lift_b = 1.5) {
  Cases cases;
  const std::vector<double> noise = normal_sample(2 * n, 0.0, 1.0, which);
  for (int i = 0; i < n; ++i) {
    const bool positive = i % 3 == 0;
    cases.positive.push_back(positive);
    cases.a.push_back(std::round(4.0 * (noise[2 * i] + positive)) / 4.0);
    cases.b.push_back(
        std::round(4.0 * (0.5 * noise[2 * i] + noise[2 * i + 1] + lift_b * positive)) / 4.0);
  }
  return cases;
}

double wins(double x, double y) { return x > y ? 1.0 : x == y ? 0.5 : 0.0; }

/// V10 of each positive and V01 of each negative by their definition, all pairs.
std::vector<double> components(const std::vector<double>& scores, const std::vector<char>& positive,
                               bool of_positive) {
  std::vector<double> parts;
  for (size_t i = 0; i < scores.size(); ++i) {
    if ((positive[i] != 0) != of_positive) continue;
    double sum = 0, others = 0;
    for (size_t j = 0; j < scores.size(); ++j) {
      if ((positive[j] != 0) == of_positive) continue;
      sum += of_positive ? wins(scores[i], scores[j]) : wins(scores[j], scores[i]);
      ++others;
    }
    parts.push_back(sum / others);
  }
  return parts;
}

double covariance_of_mean(const std::vector<double>& x, const std::vector<double>& y) {
  double mean_x = 0, mean_y = 0, sum = 0;
  const auto n = static_cast<double>(x.size());
  for (size_t i = 0; i < x.size(); ++i) mean_x += x[i] / n, mean_y += y[i] / n;
  for (size_t i = 0; i < x.size(); ++i) sum += (x[i] - mean_x) * (y[i] - mean_y);
  return sum / (n - 1) / n;
}

TEST(DeLong, IsTheSumOverAllPairsByDefinition) {
  const Cases cases = cases_of(90, 3);
  double variance = 0;
  for (bool of_positive : {true, false}) {
    const auto a = components(cases.a, cases.positive, of_positive);
    const auto b = components(cases.b, cases.positive, of_positive);
    variance += covariance_of_mean(a, a) + covariance_of_mean(b, b) - 2 * covariance_of_mean(a, b);
  }
  const AucComparison got = compare_auc(cases.a, cases.b, cases.positive);
  EXPECT_NEAR(*got.difference.standard_error, std::sqrt(variance), 1e-12);
  const auto first = components(cases.a, cases.positive, true);
  double mean = 0;
  for (double part : first) mean += part / static_cast<double>(first.size());
  EXPECT_NEAR(*got.a.value, mean, 1e-12);
  EXPECT_GT(*got.difference.value, 0.0);
}

TEST(DeLong, EqualRankersAreRarelyCalledDifferent) {
  int alarms = 0;
  constexpr int kTrials = 400;
  for (uint32_t trial = 0; trial < kTrials; ++trial) {
    // noise of b has standard deviation sqrt(1.25)
    const Cases cases = cases_of(300, trial, std::sqrt(1.25));
    alarms += *compare_auc(cases.a, cases.b, cases.positive).difference.p <= 0.05;
  }
  EXPECT_NEAR(alarms, kTrials * 0.05, 3.3 * std::sqrt(kTrials * 0.05 * 0.95));
}

TEST(DeLong, OneKindOfCaseHasNoArea) {
  const std::vector<double> scores{1, 2, 3};
  EXPECT_EQ(auc(scores, std::vector<char>{1, 1, 1}).reason, "there are no negatives");
  EXPECT_FALSE(auc(scores, std::vector<char>{0, 0, 0}).value);
  const Estimate one = auc(scores, std::vector<char>{0, 0, 1});
  EXPECT_EQ(*one.value, 1.0);
  EXPECT_FALSE(one.interval);
}

TEST(DeLong, EqualOrdersHaveNoTest) {
  const Cases cases = cases_of(60, 1);
  const Difference same = compare_auc(cases.a, cases.a, cases.positive).difference;
  EXPECT_EQ(*same.value, 0.0);
  EXPECT_FALSE(same.p);
  EXPECT_EQ(same.reason, "the difference has no variance");
}

}  // namespace
}  // namespace assay::stats
