#include "stats/power.h"

#include <gmock/gmock.h>

#include <cmath>

#include "error/error.h"
#include "oracle.h"
#include "samples.h"
#include "stats/paired.h"

namespace assay::stats {
namespace {

TEST(Power, OfATwoSampleTestMatchesStatsmodels) {
  for (const char* name : {"power_t_d0.1_n100", "power_t_d0.25_n100", "power_t_d0.5_n100"}) {
    const auto& one = ab_case(name);
    const double d = one["input"]["effect_size_d"];
    const double n = one["input"]["n_per_group"];
    expect_oracle(one, "power", power_of_t(d * std::sqrt(n / 2.0), 2.0 * n - 2.0));
  }
}

TEST(Power, SampleSizesMatchStatsmodels) {
  for (const char* d : {"0.1", "0.25", "0.5"}) {
    const auto& pairs = ab_case(std::string("n_pairs_t_d") + d);
    expect_oracle(pairs, "n", pairs_needed(pairs["input"]["effect_size_d"], {.power = 0.9}));
    const auto& groups = ab_case(std::string("n_per_group_t_d") + d);
    expect_oracle(groups, "n_per_group", values_needed_per_group(groups["input"]["effect_size_d"]));
  }
}

TEST(Power, MinimumDetectableEffectMatchesStatsmodels) {
  const auto& one = ab_case("mde_t_n500");
  // Two groups of 500 with sd 1: standard error sqrt(2/500), 998 degrees of freedom.
  expect_oracle(one, "effect_size_d", minimum_detectable_effect(std::sqrt(2.0 / 500.0), 998.0));
}

TEST(Power, NormalClosedFormMatches) {
  const auto& one = ab_case("mde_normal_closed_form");
  expect_oracle(one, "mde", two_sample_minimum_detectable_effect(800, 1200, 2.3));
}

TEST(Power, AMinimumDetectableEffectIsDetectedWithThePowerAskedFor) {
  const double effect = *paired_minimum_detectable_effect(300, 2.0);
  EXPECT_NEAR(power_of_t(effect / (2.0 / std::sqrt(300.0)), 299.0), 0.8, 1e-9);
  EXPECT_NEAR(pairs_needed(effect / 2.0), 300.0, 1e-6);
}

// Differences that are all alike: their spread is next to nothing, and the noncentrality beyond what
// a series can be summed for.
TEST(Power, OfAnEffectThatHardlyVariesIsCertain) {
  EXPECT_NEAR(power_of_t(1e13, 942), 1.0, 1e-12);
  EXPECT_NEAR(power_of_t(1.0001e4, 1.0), power_of_t(0.9999e4, 1.0), 1e-6) << "where one takes over";
  EXPECT_GE(pairs_needed(1e7), 2.0);
  EXPECT_LE(pairs_needed(1e7), 3.0);
}

TEST(Power, TAndNormalMeetWhereOneTakesOver) {
  EXPECT_NEAR(detectable_noncentrality(9'999.0), detectable_noncentrality(10'001.0), 3e-4);
  EXPECT_NEAR(detectable_noncentrality(1e6), 1.959963985 + 0.841621234, 1e-5);
}

TEST(Power, FewerDegreesOfFreedomNeedMore) {
  EXPECT_GT(detectable_noncentrality(2.0), 5.0);
  EXPECT_GT(detectable_noncentrality(2.5), 4.0);  // Satterthwaite's need not be whole
}

TEST(Power, TooFewRequestsHaveNone) {
  EXPECT_EQ(paired_minimum_detectable_effect(1, 0.5), std::nullopt);
  EXPECT_EQ(*paired_minimum_detectable_effect(100, 0.0), 0.0);
}

TEST(Power, ImpossibleWishesAreOurBug) {
  EXPECT_THROW(pairs_needed(0.0), error::InternalError);
  EXPECT_THROW(detectable_noncentrality(10.0, {.alpha = 0.05, .power = 1.0}), error::InternalError);
  EXPECT_THROW(detectable_noncentrality(10.0, {.alpha = 0.5, .power = 0.3}), error::InternalError);
}

// The promise itself: a true difference of that size is found in 8 of 10 runs.
TEST(Power, HoldsInSimulation) {
  const double effect = *paired_minimum_detectable_effect(50, 1.0);
  int found = 0;
  for (uint32_t trial = 0; trial < 1'000; ++trial) {
    const PairedSample sample{normal_sample(50, effect, 1.0, trial), 0, {}, ""};
    found += *paired_difference(sample, {.method = PairedMethod::student_t}).p <= 0.05;
  }
  EXPECT_NEAR(found, 800, 45);
}

TEST(Power, ProportionsMatchStatsmodels) {
  const auto& one = ab_case("n_proportions_cohen_h");
  expect_oracle(one, "h", cohen_h(0.1, 0.11));
  expect_oracle(one, "n_per_group", proportions_needed_per_group(0.1, 0.11));
}

// Seen with 0.8 at n, so needed again at n.
TEST(PairsNeeded, AreThoseAtWhichTheEffectIsJustSeen) {
  const PairSpread spread{0.2, 399.0, 1e-6};
  const double seen = minimum_detectable_effect(spread.standard_error(400), 399.0, {0.01, 0.8});
  EXPECT_NEAR(*pairs_needed(seen, spread, {0.01, 0.8}), 400.0, 2.0);
}

TEST(PairsNeeded, ForNextToNothingAreManyAndNoError) {
  EXPECT_GT(*pairs_needed(1e-9, {0.2, 400.0, 0.0}), 1e15);
}

TEST(PairsNeeded, ForWhatHardlyVariesAreTheFewestAndNoError) {
  EXPECT_LE(*pairs_needed(0.05, {1e-9, 300.0, 0.0}), 3.0);
}

TEST(PairsNeeded, ThereAreNoneWhereSeedsAloneHideTheEffect) {
  EXPECT_FALSE(pairs_needed(0.01, {0.2, 4.0, 1e-4}));
  EXPECT_FALSE(pairs_needed(0.01, {0.0, 4.0, 0.0})) << "no spread, nothing to plan with";
}

}  // namespace
}  // namespace assay::stats
