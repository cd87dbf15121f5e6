#include "stats/quantile.h"

#include <gmock/gmock.h>

#include <numeric>

#include "stats/distributions.h"

namespace assay::stats {
namespace {

std::vector<double> one_to(int n) {
  std::vector<double> values(static_cast<size_t>(n));
  std::iota(values.begin(), values.end(), 1.0);
  return values;
}

TEST(Quantile, SamplesNeededAreThoseOfTheTables) {
  EXPECT_EQ(samples_needed(0.5), 6);
  EXPECT_EQ(samples_needed(0.9), 29);
  EXPECT_EQ(samples_needed(0.99), 299);
  EXPECT_EQ(samples_needed(0.999), 2995);
  EXPECT_EQ(samples_needed(0.01), 299);
}

TEST(Quantile, IsAValueThatOccurred) {
  EXPECT_EQ(quantile_rank(100, 0.99), 99);
  EXPECT_EQ(quantile_rank(101, 0.99), 100);
  EXPECT_EQ(quantile_rank(100, 0.07), 7);  // 0.07 * 100 is a little more than 7 in binary
  EXPECT_EQ(quantile_rank(10, 0.001), 1);
  EXPECT_EQ(*quantile(one_to(1000), 0.99).value, 990.0);
}

TEST(Quantile, BelowTheNeededCountThereIsAReasonInsteadOfANumber) {
  const Estimate estimate = quantile(one_to(298), 0.99);
  EXPECT_FALSE(estimate.value);
  EXPECT_FALSE(estimate.interval);
  EXPECT_EQ(estimate.reason, "p99 needs at least 299 values, there are 298");
  EXPECT_EQ(quantile(one_to(2994), 0.999).reason,
            "p99.9 needs at least 2995 values, there are 2994");
}

TEST(Quantile, AtTheNeededCountTheIntervalEndsAtTheLargestValue) {
  const Estimate estimate = quantile(one_to(299), 0.99);
  EXPECT_EQ(*estimate.value, 297.0);
  EXPECT_EQ(estimate.interval->high, 299.0);
  EXPECT_EQ(estimate.method, "order statistics, exact binomial");
}

// Conover 1999, example 3.2.1 in kind: n = 20, median, ranks 6 and 15 enclose with .9586.
TEST(Quantile, RanksOfTheMedianOfTwentyAreTheTextbooks) {
  const auto ranks = order_ranks(20, 0.5);
  EXPECT_EQ(ranks->low, 6);
  EXPECT_EQ(ranks->high, 15);
}

TEST(Quantile, RanksEncloseTheQuantileOftenEnoughAtEveryCount) {
  for (double q : {0.01, 0.5, 0.9, 0.99}) {
    for (int64_t n = 1; n <= 1500; n += 7) {
      const auto ranks = order_ranks(n, q);
      if (!ranks) {
        EXPECT_LT(n, samples_needed(q));
        continue;
      }
      const double enclosed =
          binomial_cdf(ranks->high - 1, n, q) - binomial_cdf(ranks->low - 1, n, q);
      EXPECT_GE(enclosed, 0.95 - 1e-12) << "n = " << n << ", q = " << q;
      EXPECT_LE(ranks->low, quantile_rank(n, q));
      EXPECT_GE(ranks->high, quantile_rank(n, q));
    }
  }
}

TEST(Quantile, MissingValuesAreLeftOutAndCounted) {
  std::vector<double> values = one_to(10);
  values.push_back(std::numeric_limits<double>::quiet_NaN());
  const Estimate estimate = quantile(values, 0.5);
  EXPECT_EQ(*estimate.value, 5.0);
  EXPECT_EQ(estimate.n, 10);
  EXPECT_EQ(estimate.excluded, 1);
}

TEST(Quantile, NothingGivesNothingWithAReason) {
  EXPECT_EQ(quantile(std::vector<double>{}, 0.5).reason, "there are no values");
}

}  // namespace
}  // namespace assay::stats
