#include "stats/bayes.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "samples.h"

namespace assay::stats {
namespace {

Difference difference_of(double value, double standard_error) {
  Difference difference;
  difference.value = value;
  difference.standard_error = standard_error;
  difference.n = 100;
  return difference;
}

TEST(Uplift, RisksAreTheMeanLossesOfTheBelief) {
  const Uplift got = bayesian_uplift(difference_of(0.3, 0.5));
  double variant = 0, baseline = 0, wins = 0;
  constexpr int kDraws = 400'000;
  for (double d : normal_sample(kDraws, 0.3, 0.5, 1)) {
    variant += std::max(0.0, -d);
    baseline += std::max(0.0, d);
    wins += d > 0.0;
  }
  EXPECT_NEAR(*got.risk_of_variant, variant / kDraws, 2e-3);
  EXPECT_NEAR(*got.risk_of_baseline, baseline / kDraws, 3e-3);
  EXPECT_NEAR(*got.chance_to_win, wins / kDraws, 3e-3);
  EXPECT_NEAR(*got.risk_of_baseline - *got.risk_of_variant, 0.3, 1e-12);
}

TEST(Uplift, APriorShrinksByItsWeight) {
  const Uplift flat = bayesian_uplift(difference_of(1.0, 0.2));
  EXPECT_DOUBLE_EQ(*flat.mean, 1.0);
  EXPECT_DOUBLE_EQ(*flat.sd, 0.2);
  const Uplift equal = bayesian_uplift(difference_of(1.0, 0.2), {.mean = 0.0, .sd = 0.2});
  EXPECT_DOUBLE_EQ(*equal.mean, 0.5);
  EXPECT_NEAR(*equal.sd, 0.2 / std::sqrt(2.0), 1e-15);
  EXPECT_EQ(equal.method, "normal posterior, normal prior");
}

TEST(Uplift, WithoutAnErrorThereIsNoBelief) {
  Difference absent;
  absent.reason = "there are no values";
  EXPECT_EQ(bayesian_uplift(absent).reason, "there are no values");
  EXPECT_EQ(bayesian_uplift(difference_of(1.0, 0.0)).reason,
            "the difference has no standard error");
  EXPECT_FALSE(bayesian_uplift(absent).chance_to_win);
}

}  // namespace
}  // namespace assay::stats
