#include "stats/cuped.h"

#include <gmock/gmock.h>

#include <limits>

#include "error/error.h"
#include "group_oracle.h"
#include "samples.h"

namespace assay::stats {
namespace {

TEST(Cuped, MatchesGbstats) {
  for (const char* name : {"cuped_absolute", "cuped_relative"}) {
    const auto& one = ab_case(name);
    const AdjustedDifference got = cuped_of(one);
    expect_difference(one, got.difference);
    expect_oracle(one, "theta", got.theta);
  }
}

TEST(Cuped, AsARegressionMatchesStatsmodels) {
  const auto& one = ab_case("ancova_ols");
  const std::vector<double> a_before = numbers(one, "A_pre"), a = numbers(one, "A_post");
  const std::vector<double> b_before = numbers(one, "B_pre"), b = numbers(one, "B_post");
  const AdjustedDifference got = ancova({a_before, a}, {b_before, b});
  expect_difference(one, got.difference);
  expect_oracle(one, "std_err", *got.difference.standard_error);
  expect_oracle(one, "theta", got.theta);
}

TEST(Cuped, CovariateThatTellsEverythingLeavesNoNoise) {
  const std::vector<double> before = normal_sample(100, 3.0, 1.0, 1);
  std::vector<double> metric = before;
  for (double& value : metric) value = 2.0 * value + 1.0;
  const std::vector<double> noise = normal_sample(100, 0.0, 1e-3, 2);
  std::vector<double> better = metric;
  for (size_t i = 0; i < better.size(); ++i) better[i] += 0.1 + noise[i];
  const AdjustedDifference got = cuped({before, metric}, {before, better});
  EXPECT_NEAR(*got.difference.value, 0.1, 1e-3);
  EXPECT_LT(*got.difference.standard_error, 1e-3);
  EXPECT_NEAR(got.theta, 2.0, 1e-2);
}

TEST(Cuped, ConstantCovariateIsPlainWelch) {
  const std::vector<double> before(30, 1.0);
  const std::vector<double> a = normal_sample(30, 0.0, 1.0, 1), b = normal_sample(30, 1.0, 1.0, 2);
  const AdjustedDifference got = cuped({before, a}, {before, b});
  EXPECT_EQ(got.theta, 0.0);
  EXPECT_DOUBLE_EQ(*got.difference.p, *welch(a, b).p);
}

TEST(Cuped, RowsWithoutOneOfTheTwoAreLeftOut) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const std::vector<double> before{1, 2, nan, 4}, metric{2, nan, 3, 5};
  const std::vector<double> other{1, 2, 3, 5};
  const AdjustedDifference got = cuped({before, metric}, {other, other});
  EXPECT_EQ(got.difference.n, 6);
  EXPECT_EQ(got.difference.excluded, 2);
  EXPECT_THROW(cuped({before, std::span(metric).first(2)}, {other, other}), error::InternalError);
}

TEST(Cuped, RegressionOnThreeRowsHasAReason) {
  const std::vector<double> two{1, 2}, one{1};
  EXPECT_EQ(ancova({two, two}, {one, one}).difference.reason,
            "a regression on group and covariate needs at least 4 rows");
}

}  // namespace
}  // namespace assay::stats
