#include "stats/seeds.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "error/error.h"
#include "samples.h"

namespace assay::stats {
namespace {

using Side = std::vector<std::vector<float>>;

PairedSample pair(const Side& baseline, const Side& variant) {
  const std::vector<std::span<const float>> b(baseline.begin(), baseline.end());
  const std::vector<std::span<const float>> v(variant.begin(), variant.end());
  return pair_up_seeds(b, v);
}

/// Values of `seeds` seeds: request effect (shared), seed effect, noise.
Side simulate(int seeds, int n, double seed_sd, double noise_sd, uint32_t which) {
  PhiloxSequence random(9, which, 0);
  std::vector<double> request(static_cast<size_t>(n));
  for (double& value : request) value = random.next_normal();
  Side side;
  for (int s = 0; s < seeds; ++s) {
    const double shift = seed_sd * random.next_normal();
    auto& values = side.emplace_back();
    for (double value : request) {
      values.push_back(static_cast<float>(value + shift + noise_sd * random.next_normal()));
    }
  }
  return side;
}

TEST(Seeds, AreAveragedPerRequestBeforePairing) {
  const PairedSample sample = pair({{0, 0, 0}}, {{1, 2, 3}, {3, 4, 5}});
  EXPECT_THAT(sample.differences, testing::ElementsAre(2.0, 3.0, 4.0));
  EXPECT_FALSE(sample.seeds);
}

// By hand: D = {1,2,3}, {2,3,4}, {3,4,8}; the means of the seeds are 2, 3, 5, those of the requests
// too. MS_S = 3 var(2, 3, 5) = 7; the squared residuals sum to 4 over 4 degrees of freedom.
TEST(Seeds, ComponentIsTheTextbookEstimate) {
  const PairedSample sample = pair({{0, 0, 0}}, {{1, 2, 3}, {2, 3, 4}, {3, 4, 8}});
  ASSERT_TRUE(sample.seeds);
  EXPECT_DOUBLE_EQ(sample.seeds->degrees_of_freedom, 2.0);
  EXPECT_NEAR(sample.seeds->variance_of_mean, (7.0 - 1.0) / 9.0, 1e-12);
}

TEST(Seeds, NoiseBetweenSeedsAloneAddsLittle) {
  const PairedSample sample =
      pair({simulate(1, 2'000, 0.0, 0.0, 1)[0]}, simulate(5, 2'000, 0.0, 0.5, 1));
  ASSERT_TRUE(sample.seeds);
  EXPECT_LT(sample.seeds->variance_of_mean, 1e-4);
}

/// The same, of values that come in stretches of `size` requests.
PairedSample pair_in_stretches(const Side& baseline, const Side& variant, size_t size,
                               int64_t hold) {
  SeedPairing pairing(baseline.size(), variant.size(), ClusterOrder::apart, hold);
  const size_t n = baseline.front().size();
  for (size_t first = 0; first < n; first += size) {
    const auto part = [&](const Side& side) {
      std::vector<std::span<const float>> spans;
      for (const auto& values : side)
        spans.push_back(std::span(values).subspan(first, std::min(size, n - first)));
      return spans;
    };
    pairing.add(part(baseline), part(variant));
  }
  return pairing.sample();
}

TEST(Seeds, StretchesOfRequestsGiveTheBitsOfAllTogether) {
  for (const int seeds : {1, 3}) {
    const Side baseline = simulate(seeds, 1'000, 0.1, 0.3, 4),
               variant = simulate(3, 1'000, 0.2, 0.3, 5);
    const PairedSample whole = pair(baseline, variant);
    const PairedSample parts = pair_in_stretches(baseline, variant, 97, 1'000);
    EXPECT_EQ(parts.differences, whole.differences);
    EXPECT_EQ(parts.seeds->variance_of_mean, whole.seeds->variance_of_mean);
  }
}

TEST(Seeds, DifferencesThatAreNotHeldAreTestedAlike) {
  const Side baseline = simulate(3, 1'000, 0.1, 0.3, 4), variant = simulate(3, 1'000, 0.2, 0.3, 5);
  const PairedSample large = pair_in_stretches(baseline, variant, 97, 100);
  EXPECT_THAT(large.differences, testing::IsEmpty());
  EXPECT_EQ(large.n(), 1'000);
  const PairedOptions by_t{.method = PairedMethod::student_t};
  const Difference got = paired_difference(large, by_t);
  const Difference expected = paired_difference(pair(baseline, variant), by_t);
  EXPECT_EQ(got.value, expected.value);
  EXPECT_NEAR(*got.p, *expected.p, 1e-13);
  EXPECT_NEAR(got.interval->low, expected.interval->low, 1e-13);
  EXPECT_THROW(paired_difference(large, {}), error::InternalError)
      << "nothing is there to be resampled";
}

TEST(Seeds, WidenIntervalAndStandardError) {
  Side variant = simulate(4, 500, 0.2, 0.3, 2);
  const PairedSample with = pair({simulate(1, 500, 0.0, 0.0, 3)[0]}, variant);
  PairedSample without = with;
  without.seeds.reset();
  for (auto method : {PairedMethod::bootstrap_percentile, PairedMethod::student_t,
                      PairedMethod::studentised_normal}) {
    const Difference wide = paired_difference(with, {.method = method});
    const Difference narrow = paired_difference(without, {.method = method});
    EXPECT_GT(*wide.standard_error, 1.2 * *narrow.standard_error);
    EXPECT_GT(wide.interval->high, narrow.interval->high);
    EXPECT_LT(wide.interval->low, narrow.interval->low);
    EXPECT_LT(*wide.degrees_of_freedom, 499.0);
    EXPECT_THAT(wide.method, testing::EndsWith(", seed variance added"));
    EXPECT_EQ(*wide.p <= 0.05, !wide.interval->holds(0.0));
  }
}

TEST(Seeds, ASharedSeedEffectCancelsInPairs) {
  const Side baseline = simulate(3, 400, 0.5, 0.1, 4);
  Side variant = baseline;
  PhiloxSequence random(3, 3, 3);
  for (auto& values : variant) {
    for (float& value : values) value += static_cast<float>(0.1 + 0.01 * random.next_normal());
  }
  const PairedSample paired = pair(baseline, variant);
  EXPECT_LT(paired.seeds->variance_of_mean, 1e-6);
  variant.push_back(variant.front());  // other numbers of seeds: nothing to pair
  EXPECT_GT(pair(baseline, variant).seeds->variance_of_mean, 0.01);
}

TEST(Seeds, EqualOnEveryRequestButNotOnEverySeedStillHaveASpread) {
  const PairedSample sample = pair({{0, 0, 0, 0}}, {{1, 1, 1, 1}, {2, 2, 2, 2}, {3, 3, 3, 3}});
  const Difference result = paired_difference(sample, {});
  EXPECT_DOUBLE_EQ(*result.value, 2.0);
  EXPECT_NEAR(*result.standard_error, std::sqrt(1.0 / 3.0), 1e-12);
  EXPECT_NEAR(*result.degrees_of_freedom, 2.0, 1e-9);
  EXPECT_LT(result.interval->low, 0.0);  // 2 - 4.30 * 0.577
  EXPECT_GT(*result.p, 0.05);
  EXPECT_EQ(result.method, "paired t, seed variance added");
}

TEST(Seeds, ARequestMissingUnderOneSeedIsLeftOut) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const PairedSample sample = pair({{0, 0, 0}}, {{1, 2, 3}, {1, nan, 3}, {2, 2, 4}});
  EXPECT_EQ(sample.differences.size(), 2u);
  EXPECT_EQ(sample.excluded, 1);
}

TEST(Seeds, NoSeedAndUnequalRequestsAreReasons) {
  EXPECT_EQ(pair({}, {{1, 2}}).reason, "the baseline has no finished seed");
  EXPECT_EQ(pair({{1, 2}}, {}).reason, "the variant has no finished seed");
  EXPECT_EQ(pair({{1, 2}}, {{1, 2}, {1}}).reason,
            "one seed has 2 values and another 1; pairs need the same requests");
}

// A pipeline against itself under other seeds: the claim "they differ" may come in 1 of 20.
TEST(Seeds, IntervalsCoverUnderNewSeeds) {
  int covered = 0;
  int covered_without = 0;
  constexpr int kTrials = 400;
  for (uint32_t trial = 0; trial < kTrials; ++trial) {
    PairedSample sample =
        pair({simulate(1, 60, 0.0, 0.0, trial)[0]}, simulate(4, 60, 0.3, 0.3, trial));
    const PairedOptions options{.method = PairedMethod::student_t};
    covered += paired_difference(sample, options).interval->holds(0.0);
    sample.seeds.reset();
    covered_without += paired_difference(sample, options).interval->holds(0.0);
  }
  EXPECT_GE(covered, 0.92 * kTrials);
  EXPECT_LE(covered_without, 0.6 * kTrials);  // why the component is there
}

}  // namespace
}  // namespace assay::stats
