#include "stats/two_samples.h"

#include <gmock/gmock.h>

#include <limits>
#include <string_view>

#include "group_oracle.h"

namespace assay::stats {
namespace {

bool holds(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

/// The cases that are a plain Welch test: means and proportions, absolute and relative.
bool is_welch(std::string_view name) {
  if (holds(name, "sequential")) return false;
  return name.starts_with("gb_") || name.starts_with("raw_means") ||
         name.starts_with("proportions_relative") || name.starts_with("proportions_absolute");
}

TEST(Welch, MatchesGbstatsOnMeansAndProportions) {
  int cases = 0;
  for (const auto& one : ab_cases()) {
    if (!is_welch(one["name"].get<std::string>())) continue;
    expect_difference(one, fixed_test(one));
    ++cases;
  }
  EXPECT_EQ(cases, 36);
}

TEST(Welch, MatchesScipyOnRawValues) {
  const auto& one = ab_case("raw_welch");
  const Difference got = welch(numbers(one, "A"), numbers(one, "B"));
  expect_oracle(one, "t", *got.value / *got.standard_error);
  expect_oracle(one, "df", *got.degrees_of_freedom);
  expect_oracle(one, "p_value", *got.p);
  expect_near(one, got.interval->low, one["expected"]["ci"][0]);
  expect_near(one, got.interval->high, one["expected"]["ci"][1]);
}

TEST(PooledT, MatchesScipy) {
  const auto& one = ab_case("raw_student");
  const Difference got = pooled_t(moments_of(numbers(one, "A")), moments_of(numbers(one, "B")));
  expect_oracle(one, "t", *got.value / *got.standard_error);
  expect_oracle(one, "df", *got.degrees_of_freedom);
  expect_oracle(one, "p_value", *got.p);
  expect_near(one, got.interval->low, one["expected"]["ci"][0]);
  expect_near(one, got.interval->high, one["expected"]["ci"][1]);
}

TEST(PooledT, TwoValuesASideAreTheLeast) {
  EXPECT_EQ(pooled_t({1, 2.0, 0.0}, {5, 2.0, 1.0}).reason,
            "each sample needs at least 2 values; there are 1 and 5");
  EXPECT_FALSE(pooled_t({3, 2.0, 0.0}, {5, 2.0, 0.0}).p);
}

TEST(Welch, NamesScaleAndSide) {
  const Moments sample{10, 1.0, 2.0};
  EXPECT_EQ(welch(sample, sample).method, "Welch's t");
  EXPECT_EQ(
      welch(sample, sample, {.alternative = Alternative::less, .scale = EffectScale::relative})
          .method,
      "Welch's t, relative by the delta method, one-sided (less)");
}

TEST(Welch, WhatCannotBeComparedHasAReason) {
  const std::vector<double> one{1.0};
  const std::vector<double> two{1.0, 2.0};
  const std::vector<double> around_zero{-1.0, 1.0};
  const Difference few = welch(one, two);
  EXPECT_EQ(*few.value, 0.5);
  EXPECT_FALSE(few.interval);
  EXPECT_EQ(few.reason, "each sample needs at least 2 values; there are 1 and 2");
  EXPECT_FALSE(welch(std::vector<double>{}, two).value);
  EXPECT_EQ(welch(std::vector<double>{}, two).reason, "there are no values");
  const Difference relative = welch(around_zero, two, {.scale = EffectScale::relative});
  EXPECT_FALSE(relative.value);
  EXPECT_EQ(relative.reason,
            "the mean of the first sample is 0, so there is no relative difference");
  const Difference flat = welch(std::vector<double>{2, 2}, std::vector<double>{3, 3});
  EXPECT_EQ(*flat.value, 1.0);
  EXPECT_FALSE(flat.p);
  EXPECT_EQ(flat.reason, "neither sample has any spread");
}

TEST(Welch, MissingValuesAreLeftOutAndCounted) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const Difference got = welch(std::vector<double>{1, 2, nan}, std::vector<double>{nan, 2, 3});
  EXPECT_EQ(*got.value, 1.0);
  EXPECT_EQ(got.n, 4);
  EXPECT_EQ(got.excluded, 2);
}

void expect_bootstrap(const std::string& name, BootstrapInterval kind) {
  const auto& one = ab_case(name);
  const Difference got =
      bootstrap_difference(numbers(one, "A"), numbers(one, "B"), {.resamples = 20'000}, 0.05, kind);
  expect_near(one, got.interval->low, one["expected"]["ci"][0]);
  expect_near(one, got.interval->high, one["expected"]["ci"][1]);
}

TEST(TwoSampleBootstrap, MatchesScipy) {
  expect_bootstrap("bootstrap_percentile_diff_of_means", BootstrapInterval::percentile);
  expect_bootstrap("bootstrap_basic_diff_of_means", BootstrapInterval::basic);
  expect_bootstrap("bootstrap_BCa_diff_of_means", BootstrapInterval::bca);
}

TEST(TwoSampleBootstrap, SamplesAreResampledIndependently) {
  const std::vector<double> values = numbers(ab_case("raw_welch"), "A");
  const Difference got = bootstrap_difference(values, values);
  EXPECT_EQ(*got.value, 0.0);
  EXPECT_GT(got.interval->high, 0.5);
}

TEST(TwoSampleBootstrap, TooFewValuesHaveAReason) {
  EXPECT_EQ(bootstrap_difference(std::vector<double>{1}, std::vector<double>{}).reason,
            "each sample needs at least 2 values; there are 1 and 0");
}

}  // namespace
}  // namespace assay::stats
