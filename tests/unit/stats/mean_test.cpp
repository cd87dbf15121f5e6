#include "stats/mean.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "error/error.h"
#include "stats/moments.h"

namespace assay::stats {
namespace {

const double kNaN = std::numeric_limits<double>::quiet_NaN();

TEST(Mean, HasStudentsInterval) {
  // t(.975, 3) = 3.182446305284263; s = 1.2909944487358056.
  const Estimate estimate = mean_interval(std::vector<double>{1, 2, 3, 4});
  EXPECT_DOUBLE_EQ(*estimate.value, 2.5);
  EXPECT_NEAR(estimate.interval->low, 2.5 - 3.182446305284263 * 1.2909944487358056 / 2, 1e-12);
  EXPECT_NEAR(estimate.interval->high, 2.5 + 3.182446305284263 * 1.2909944487358056 / 2, 1e-12);
  EXPECT_EQ(estimate.n, 4);
  EXPECT_EQ(estimate.method, "mean, Student's t");
  EXPECT_EQ(estimate.reason, "");
}

TEST(Mean, RequestsWithoutDataAreLeftOutAndCounted) {
  const Estimate estimate = mean_interval(std::vector<double>{1, kNaN, 3, kNaN});
  EXPECT_DOUBLE_EQ(*estimate.value, 2.0);
  EXPECT_EQ(estimate.n, 2);
  EXPECT_EQ(estimate.excluded, 2);
}

TEST(Mean, NothingGivesNothingWithAReason) {
  const Estimate estimate = mean_interval(std::vector<double>{});
  EXPECT_FALSE(estimate.value);
  EXPECT_FALSE(estimate.interval);
  EXPECT_EQ(estimate.reason, "there are no values");
}

TEST(Mean, OnlyMissingValuesGiveNothingWithAReason) {
  const Estimate estimate = mean_interval(std::vector<double>{kNaN, kNaN});
  EXPECT_FALSE(estimate.value);
  EXPECT_EQ(estimate.excluded, 2);
  EXPECT_EQ(estimate.reason, "none of the 2 requests has data");
}

TEST(Mean, OneValueHasNoInterval) {
  const Estimate estimate = mean_interval(std::vector<double>{0.25});
  EXPECT_DOUBLE_EQ(*estimate.value, 0.25);
  EXPECT_FALSE(estimate.interval);
  EXPECT_EQ(estimate.reason, "a single value shows no spread");
}

TEST(Mean, EqualValuesHaveAnIntervalOfNoWidthAndSaySo) {
  const Estimate estimate = mean_interval(std::vector<double>(7, 0.1));
  EXPECT_EQ(estimate.interval->low, 0.1);
  EXPECT_EQ(estimate.interval->high, 0.1);
  EXPECT_EQ(estimate.reason, "all 7 values are 0.1");
}

TEST(Mean, InfiniteValuesSpoilTheSample) {
  const Estimate estimate =
      mean_interval(std::vector<double>{1, std::numeric_limits<double>::infinity(), 2});
  EXPECT_FALSE(estimate.value);
  EXPECT_EQ(estimate.reason, "1 of 3 values are infinite");
}

TEST(Mean, FloatsAreSummedInDouble) {
  const std::vector<float> values(100'000, 0.1f);
  EXPECT_NEAR(*mean_interval(std::span<const float>(values)).value, double{0.1f}, 1e-15);
}

TEST(Mean, AlphaOutsideZeroToOneIsOurBug) {
  EXPECT_THROW(mean_interval(std::vector<double>{1, 2}, 1.0), error::InternalError);
  EXPECT_THROW(mean_interval(std::vector<double>{1, 2}, kNaN), error::InternalError);
}

TEST(Mean, OneSeedHasNoSpreadOverSeeds) {
  EXPECT_EQ(sd_over_seeds(std::vector<double>{0.3}), std::nullopt);
  EXPECT_NEAR(*sd_over_seeds(std::vector<double>{0.1, 0.2, 0.3}), 0.1, 1e-15);
}

TEST(Moments, ALargeCommonOffsetDoesNotSpoilTheVariance) {
  std::vector<double> values{1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16};
  EXPECT_DOUBLE_EQ(moments_of(values).variance, 30.0);
}

TEST(Moments, SumsAndProportionsGiveTheSameAsTheValues) {
  const std::vector<double> values{1, 2, 4};
  const Moments direct = moments_of(values);
  const Moments sums = moments_from_sums(3, 7, 21);
  EXPECT_DOUBLE_EQ(sums.mean, direct.mean);
  EXPECT_DOUBLE_EQ(sums.variance, direct.variance);
  EXPECT_DOUBLE_EQ(moments_of_proportion(4, 1).variance, 0.1875);
}

}  // namespace
}  // namespace assay::stats
