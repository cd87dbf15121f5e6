#include "stats/bootstrap.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "oracle.h"
#include "rules/philox.h"
#include "samples.h"
#include "stats/fixed_point.h"
#include "stats/moments.h"

namespace assay::stats {
namespace {

/// What the header says of a resample, word by word.
double mean_of_resample(const std::vector<double>& values, uint32_t resample,
                        const BootstrapOptions& options) {
  double sum = 0.0;
  for (uint32_t i = 0; i < values.size(); ++i) {
    const auto words =
        rules::philox({i / 4, resample, options.stream, 0}, rules::philox_key(options.seed));
    sum += values[(uint64_t{words[i % 4]} * values.size()) >> 32];
  }
  return sum / static_cast<double>(values.size());
}

TEST(Bootstrap, DrawsAreThoseOfTheDocumentedCounters) {
  const BootstrapOptions options{.resamples = 9, .seed = 0x123456789abcdefull, .stream = 4};
  for (int n : {1, 2, 3, 31, 32, 33, 100, 515}) {
    const std::vector<double> values = normal_sample(n, 0.5, 1.0, 1);
    const std::vector<double> means = resampled_means(values, options);
    ASSERT_EQ(means.size(), 9u);
    for (uint32_t r = 0; r < 9; ++r) {
      EXPECT_NEAR(means[r], mean_of_resample(values, r, options), 1e-9) << "n = " << n;
    }
  }
}

TEST(Bootstrap, EqualSeedsGiveEqualBitsAndOthersDoNot) {
  const std::vector<double> values = normal_sample(300, 0.0, 1.0, 1);
  const BootstrapOptions options{.resamples = 50, .seed = 1};
  EXPECT_EQ(resampled_means(values, options), resampled_means(values, options));
  EXPECT_NE(resampled_means(values, options),
            resampled_means(values, {.resamples = 50, .seed = 2}));
  EXPECT_NE(resampled_means(values, options),
            resampled_means(values, {.resamples = 50, .seed = 1, .stream = 1}));
}

TEST(Bootstrap, FewerResamplesAreThePrefixOfMore) {
  const std::vector<double> values = normal_sample(100, 0.0, 1.0, 1);
  const auto few = resampled_means(values, {.resamples = 10});
  auto many = resampled_means(values, {.resamples = 30});
  many.resize(10);
  EXPECT_EQ(few, many);
}

TEST(Bootstrap, SpreadIsThatOfTheMean) {
  const std::vector<double> values = normal_sample(400, 2.0, 3.0, 2);
  const Moments moments = moments_of(values);
  const BootstrapDistribution distribution(resampled_means(values, {}), moments.mean);
  EXPECT_NEAR(distribution.standard_error(), std::sqrt(moments.variance / 400.0), 0.004);
  EXPECT_NEAR(moments_of(distribution.sorted()).mean, moments.mean, 0.006);
}

TEST(Bootstrap, PercentileIntervalOfAMeanMatchesScipy) {
  const auto& one = ab_case("bootstrap_percentile_mean");
  const std::vector<double> x = numbers(one, "x");
  const BootstrapDistribution distribution(resampled_means(x, {.resamples = 20'000}),
                                           moments_of(x).mean);
  const Interval interval = distribution.percentile(0.05);
  expect_near(one, interval.low, one["expected"]["ci"][0]);
  expect_near(one, interval.high, one["expected"]["ci"][1]);
}

TEST(Bootstrap, BasicIntervalOfAMeanMatchesScipy) {
  const auto& one = ab_case("bootstrap_basic_mean");
  const std::vector<double> x = numbers(one, "x");
  const BootstrapDistribution distribution(resampled_means(x, {.resamples = 20'000}),
                                           moments_of(x).mean);
  const Interval interval = distribution.basic(0.05);
  expect_near(one, interval.low, one["expected"]["ci"][0]);
  expect_near(one, interval.high, one["expected"]["ci"][1]);
}

double median_of(std::span<double> values) {
  const auto middle = values.begin() + static_cast<ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return *middle;  // of an odd number
}

TEST(Bootstrap, IntervalsOfAMedianMatchScipy) {
  const auto& percentile = ab_case("bootstrap_percentile_median");
  const auto& basic = ab_case("bootstrap_basic_median");
  std::vector<double> x = numbers(percentile, "x");
  const std::vector<double> replicates = resampled_statistics(x, median_of, {.resamples = 20'000});
  const BootstrapDistribution distribution(replicates, median_of(x));
  expect_near(percentile, distribution.percentile(0.05).low, percentile["expected"]["ci"][0]);
  expect_near(percentile, distribution.percentile(0.05).high, percentile["expected"]["ci"][1]);
  expect_near(basic, distribution.basic(0.05).low, basic["expected"]["ci"][0]);
  expect_near(basic, distribution.basic(0.05).high, basic["expected"]["ci"][1]);
}

TEST(Bootstrap, StatisticsSeeTheDrawsOfTheMeans) {
  const std::vector<double> values = normal_sample(37, 1.0, 2.0, 3);
  const BootstrapOptions options{.resamples = 20, .seed = 5, .stream = 2};
  const std::vector<double> means = resampled_means(values, options);
  const std::vector<double> same = resampled_statistics(
      values, [](std::span<double> drawn) { return moments_of(drawn).mean; }, options);
  for (size_t r = 0; r < means.size(); ++r) EXPECT_NEAR(same[r], means[r], 1e-8);
}

TEST(Bootstrap, BcaIntervalOfAMeanMatchesScipyAndDiffersFromPercentile) {
  const auto& one = ab_case("bootstrap_BCa_mean");
  const std::vector<double> x = numbers(one, "x");
  const BootstrapDistribution distribution(resampled_means(x, {.resamples = 20'000}),
                                           moments_of(x).mean);
  const Interval interval = distribution.bca(0.05, acceleration_of_mean(x));
  expect_near(one, interval.low, one["expected"]["ci"][0]);
  expect_near(one, interval.high, one["expected"]["ci"][1]);
  EXPECT_GT(interval.low, distribution.percentile(0.05).low + 0.005);
}

TEST(Bootstrap, AccelerationMatchesItsFormula) {
  const auto& one = ab_case("bca_acceleration_mean");
  expect_oracle(one, "acceleration", acceleration_of_mean(numbers(one, "x")));
  EXPECT_EQ(acceleration_of_mean(std::vector<double>(5, 2.0)), 0.0);
}

TEST(Bootstrap, IntervalAndTestNeverDisagree) {
  for (uint32_t which = 0; which < 40; ++which) {
    const std::vector<double> x = normal_sample(80, 0.2, 1.0, which);
    const BootstrapDistribution distribution(resampled_means(x, {.resamples = 999}),
                                             moments_of(x).mean);
    for (double alpha : {0.01, 0.05, 0.1, 0.3}) {
      EXPECT_EQ(distribution.p_two_sided() <= alpha, !distribution.percentile(alpha).holds(0.0))
          << "sample " << which << ", alpha " << alpha;
    }
  }
}

TEST(Bootstrap, PercentileEndsAreTheDocumentedRanks) {
  std::vector<double> replicates(9'999);
  std::iota(replicates.begin(), replicates.end(), 1.0);
  const BootstrapDistribution distribution(replicates, 5'000.0);
  EXPECT_EQ(distribution.percentile(0.05).low, 250.0);
  EXPECT_EQ(distribution.percentile(0.05).high, 9'750.0);
  EXPECT_DOUBLE_EQ(distribution.p_greater(0.0), 1.0 / 10'000.0);
  EXPECT_DOUBLE_EQ(distribution.p_greater(99.0), 100.0 / 10'000.0);
}

TEST(FixedPoint, HoldsFloatsOfLikeSizeExactlyAndSumsInAnyOrder) {
  const std::vector<double> values{0.5f, -0.1f, 0.3333333f, 1e-6f, -0.99999f};
  const FixedPoint fixed = to_fixed_point(values);
  for (size_t i = 0; i < values.size(); ++i) {
    EXPECT_DOUBLE_EQ(fixed.to_double(fixed.values[i]), values[i]);
  }
}

TEST(FixedPoint, SumsOfTheLargestValueNeverOverflow) {
  const std::vector<double> values(1'000, -1e300);
  const FixedPoint fixed = to_fixed_point(values);
  int64_t sum = 0;
  for (int64_t value : fixed.values) {
    ASSERT_FALSE(__builtin_add_overflow(sum, value, &sum));
  }
  EXPECT_DOUBLE_EQ(fixed.to_double(sum), -1e303);
  EXPECT_EQ(to_fixed_point(std::vector<double>{0.0, 0.0}).values, (std::vector<int64_t>{0, 0}));
}

}  // namespace
}  // namespace assay::stats
