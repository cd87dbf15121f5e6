#include "stats/latency.h"

#include <gmock/gmock.h>

#include <cmath>
#include <numeric>

#include "samples.h"
#include "stats/philox_sequence.h"

namespace assay::stats {
namespace {

using Times = std::vector<float>;

/// n times around `scale` ms with a tail, as services have.
Times times(int n, double scale, uint32_t which) {
  Times result;
  for (double x : normal_sample(n, 0.0, 0.4, which)) {
    result.push_back(static_cast<float>(scale * std::exp(x)));
  }
  return result;
}

TEST(QuantileDifference, IsThatOfTheTwoQuantiles) {
  Times baseline(1'000);
  std::iota(baseline.begin(), baseline.end(), 1.0f);
  Times variant = baseline;
  for (float& time : variant) time *= 1.5f;
  const QuantileDifference result = quantile_difference(baseline, variant, 0.9);
  EXPECT_EQ(*result.baseline, 900.0);
  EXPECT_EQ(*result.variant, 1350.0);
  EXPECT_EQ(*result.difference, 450.0);
  EXPECT_DOUBLE_EQ(*result.relative, 0.5);
  EXPECT_TRUE(result.interval->holds(450.0));
  EXPECT_TRUE(result.relative_interval->holds(0.5));
  EXPECT_LT(*result.p, 0.001);
  EXPECT_EQ(result.method, "bootstrap of p90, percentile, 10000 resamples");
}

/// The interval by drawing every resample in full, against which the short cut is held.
Interval brute_force(const Times& baseline, const Times& variant, double q, int resamples) {
  std::vector<double> differences;
  PhiloxSequence random(99, 7, 7);
  const auto draw = [&](const Times& sample) {
    Times drawn(sample.size());
    for (float& time : drawn) {
      time =
          sample[static_cast<size_t>(random.next_uniform() * static_cast<double>(sample.size()))];
    }
    const auto rank = static_cast<ptrdiff_t>(std::ceil(q * static_cast<double>(drawn.size()))) - 1;
    std::ranges::nth_element(drawn, drawn.begin() + rank);
    return static_cast<double>(drawn[static_cast<size_t>(rank)]);
  };
  for (int r = 0; r < resamples; ++r) differences.push_back(draw(variant) - draw(baseline));
  return BootstrapDistribution(differences, 0.0).percentile(0.05);
}

TEST(QuantileDifference, TheShortCutHasTheDistributionOfFullResamples) {
  const Times baseline = times(401, 2.0, 1);
  const Times variant = times(350, 2.2, 2);
  const Interval full = brute_force(baseline, variant, 0.95, 4'000);
  const QuantileDifference quick = quantile_difference(baseline, variant, 0.95);
  EXPECT_NEAR(quick.interval->low, full.low, 0.06);
  EXPECT_NEAR(quick.interval->high, full.high, 0.06);
}

TEST(QuantileDifference, TooFewTimesHaveAReasonAndNoNumber) {
  const QuantileDifference result =
      quantile_difference(times(500, 1.0, 1), times(120, 1.0, 2), 0.99);
  EXPECT_FALSE(result.difference);
  EXPECT_FALSE(result.p);
  EXPECT_EQ(result.n_variant, 120);
  EXPECT_EQ(result.reason, "p99 needs at least 299 values, there are 120");
}

TEST(QuantileDifference, NothingIsRelativeToZero) {
  const QuantileDifference result = quantile_difference(Times(400, 0.0f), Times(400, 1.0f), 0.5);
  EXPECT_EQ(*result.difference, 1.0);
  EXPECT_FALSE(result.relative);
  EXPECT_EQ(result.reason, "the baseline's times include 0, so there is no relative difference");
}

TEST(Guardrail, IsBrokenByAClearIncrease) {
  const GuardrailCheck check =
      check_guardrail(times(3'000, 2.0, 1), times(3'000, 2.6, 2), {.max_increase = 0.1});
  EXPECT_EQ(check.verdict, CostVerdict::guardrail_broken);
  EXPECT_GT(*check.p, 0.99);
  EXPECT_THAT(check.reason,
              testing::MatchesRegex("p99 \\+[0-9.]+ %, above the guardrail of \\+10 %"));
}

TEST(Guardrail, EqualTimesAreNotSlower) {
  const Times same = times(20'000, 2.0, 3);
  const GuardrailCheck check = check_guardrail(same, same, {.max_increase = 0.1});
  EXPECT_EQ(check.verdict, CostVerdict::not_slower);
  EXPECT_LT(*check.p, 0.05);
  EXPECT_EQ(check.reason, "");
}

TEST(Guardrail, ASmallCertainIncreaseIsWithinIt) {
  const GuardrailCheck check = check_guardrail(times(20'000, 2.0, 1), times(20'000, 2.1, 2),
                                               {.quantile = 0.5, .max_increase = 0.1});
  EXPECT_EQ(check.verdict, CostVerdict::slower_within_guardrail);
}

TEST(Guardrail, AClearDecreaseIsFaster) {
  const GuardrailCheck check = check_guardrail(times(5'000, 2.0, 1), times(5'000, 1.0, 2), {});
  EXPECT_EQ(check.verdict, CostVerdict::faster);
}

TEST(Guardrail, AnIntervalAroundItIsUndecidedInWords) {
  const GuardrailCheck check = check_guardrail(times(400, 2.0, 1), times(400, 2.2, 2),
                                               {.quantile = 0.5, .max_increase = 0.1});
  EXPECT_EQ(check.verdict, CostVerdict::undecided);
  EXPECT_THAT(check.reason, testing::HasSubstr("contains the guardrail of +10 %"));
}

TEST(Guardrail, WhatTheMachineShowsWithoutAChangeIsNoChange) {
  const Times baseline = times(5'000, 2.0, 1);
  const Times slower = times(5'000, 2.6, 2);
  EXPECT_EQ(check_guardrail(baseline, slower, {.noise_floor = 0.05}).verdict,
            CostVerdict::guardrail_broken);
  // 2.0 against 2.0 ms may hide the 10 % that are allowed where the machine shows 0.3 ms by itself.
  const GuardrailCheck hidden =
      check_guardrail(baseline, times(5'000, 2.0, 8), {.quantile = 0.5, .noise_floor = 0.3});
  EXPECT_EQ(hidden.verdict, CostVerdict::undecided);
  EXPECT_THAT(hidden.reason, ::testing::HasSubstr("noise floor of this machine, 0.3 ms"));
  const GuardrailCheck noisy = check_guardrail(baseline, slower, {.noise_floor = 5.0});
  EXPECT_EQ(noisy.verdict, CostVerdict::undecided);
  EXPECT_EQ(noisy.reason, "above the guardrail, but within the noise floor of this machine");
  const GuardrailCheck faster =
      check_guardrail(baseline, times(5'000, 1.9, 3), {.quantile = 0.5, .noise_floor = 0.15});
  EXPECT_EQ(faster.verdict, CostVerdict::not_slower);
}

TEST(Guardrail, TooFewTimesGiveNoVerdict) {
  const GuardrailCheck check = check_guardrail(times(60, 2.0, 1), times(60, 9.0, 2), {});
  EXPECT_EQ(check.verdict, CostVerdict::too_few);
  EXPECT_EQ(check.reason, "p99 needs at least 299 values, there are 60");
  EXPECT_FALSE(check.p);
}

// Of 6 against 6 the least p of any exact test is 2 / C(12, 6) = 2 / 924.
TEST(QuantileDifference, OfAFewBatchesIsRanked) {
  const std::vector<float> baseline = {10.0F, 10.1F, 10.2F, 10.3F, 10.4F, 10.5F};
  const std::vector<float> variant = {12.0F, 12.1F, 12.2F, 12.3F, 12.4F, 12.5F};
  const QuantileDifference got = quantile_difference(baseline, variant, 0.5, 0.05);
  EXPECT_NEAR(*got.p, 2.0 / 924.0, 1e-12);
  EXPECT_NEAR(*got.difference, 2.0, 1e-5);
  ASSERT_TRUE(got.interval);
  EXPECT_GT(got.interval->low, 1.5);
  EXPECT_LT(got.interval->high, 2.5);
  EXPECT_THAT(got.method, ::testing::HasSubstr("Mann-Whitney"));
}

TEST(QuantileDifference, TheIntervalOfRanksLeavesOutWhatTheirTestRejects) {
  for (int seed = 1; seed < 40; ++seed) {
    const std::vector<float> baseline = times(7, 2.0, static_cast<uint64_t>(seed));
    const std::vector<float> variant = times(8, 2.2, static_cast<uint64_t>(seed) + 100);
    const QuantileDifference got = quantile_difference(baseline, variant, 0.5, 0.05);
    ASSERT_TRUE(got.interval);
    EXPECT_EQ(*got.p <= 0.05, !got.interval->holds(0.0)) << seed;
  }
}

TEST(Guardrail, OfAFewBatchesIsKeptOnlyWhereRanksCanShowIt) {
  const std::vector<float> baseline = {10.0F, 10.1F, 10.2F, 10.3F, 10.4F, 10.5F};
  const std::vector<float> same = {10.02F, 10.12F, 10.22F, 10.32F, 10.42F, 10.52F};
  const GuardrailCheck kept = check_guardrail(baseline, same, {.quantile = 0.5});
  EXPECT_EQ(kept.verdict, CostVerdict::not_slower);
  EXPECT_LT(*kept.p, 0.01);
  const GuardrailCheck strict = check_guardrail(baseline, same, {.quantile = 0.5, .alpha = 0.001});
  EXPECT_EQ(strict.verdict, CostVerdict::undecided);
}

}  // namespace
}  // namespace assay::stats
