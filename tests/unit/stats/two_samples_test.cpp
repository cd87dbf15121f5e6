#include "stats/two_samples.h"

#include <gmock/gmock.h>

#include <limits>
#include <string_view>

#include "oracle.h"

namespace assay::stats {
namespace {

/// A sample as the oracles write it: raw values, sums, or a count of successes.
Moments moments_in(const nlohmann::json& side) {
  if (side.is_array()) return moments_of(side.get<std::vector<double>>());
  const auto n = side.at("n").get<std::int64_t>();
  if (side.contains("successes")) {
    return moments_of_proportion(n, side.at("successes").get<std::int64_t>());
  }
  return moments_from_sums(n, side.at("sum"), side.at("sum_squares"));
}

bool holds(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

/// The cases that are a plain Welch test: means and proportions, absolute and relative.
bool is_welch(std::string_view name) {
  if (holds(name, "sequential")) return false;
  return name.starts_with("gb_") || name.starts_with("raw_means") ||
         name.starts_with("proportions_relative") || name.starts_with("proportions_absolute");
}

WelchOptions options_in(std::string_view name) {
  WelchOptions options;
  if (holds(name, "relative")) options.scale = EffectScale::kRelative;
  if (holds(name, "greater")) options.alternative = Alternative::kGreater;
  if (holds(name, "lesser")) options.alternative = Alternative::kLess;
  return options;
}

void expect_welch(const nlohmann::json& one) {
  const auto& want = one["expected"];
  const Difference got = welch(moments_in(one["input"]["A"]), moments_in(one["input"]["B"]),
                               options_in(one["name"].get<std::string>()));
  expect_oracle(one, "effect", *got.value);
  expect_oracle(one, "p_value", *got.p);
  if (want.contains("stddev")) expect_oracle(one, "stddev", *got.standard_error);
  if (want.contains("ci_low")) expect_oracle(one, "ci_low", got.interval->low);
  if (want.contains("ci_high")) expect_oracle(one, "ci_high", got.interval->high);
  if (!want.contains("ci")) return;
  expect_near(one, got.interval->low, want["ci"][0]);
  expect_near(one, got.interval->high, want["ci"][1]);
}

TEST(Welch, MatchesGbstatsOnMeansAndProportions) {
  int cases = 0;
  for (const auto& one : ab_cases()) {
    if (!is_welch(one["name"].get<std::string>())) continue;
    expect_welch(one);
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

TEST(Welch, NamesScaleAndSide) {
  const Moments sample{10, 1.0, 2.0};
  EXPECT_EQ(welch(sample, sample).method, "Welch's t");
  EXPECT_EQ(
      welch(sample, sample, {.alternative = Alternative::kLess, .scale = EffectScale::kRelative})
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
  const Difference relative = welch(around_zero, two, {.scale = EffectScale::kRelative});
  EXPECT_FALSE(relative.value);
  EXPECT_EQ(relative.reason, "the mean of the first sample is 0, so nothing is relative to it");
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

void expect_bootstrap(const std::string& name, bool bca) {
  const auto& one = ab_case(name);
  const Difference got =
      bootstrap_difference(numbers(one, "A"), numbers(one, "B"), {.resamples = 20'000}, 0.05, bca);
  expect_near(one, got.interval->low, one["expected"]["ci"][0]);
  expect_near(one, got.interval->high, one["expected"]["ci"][1]);
}

TEST(TwoSampleBootstrap, MatchesScipy) {
  expect_bootstrap("bootstrap_percentile_diff_of_means", false);
  expect_bootstrap("bootstrap_BCa_diff_of_means", true);
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
