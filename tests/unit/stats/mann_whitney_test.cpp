#include "stats/mann_whitney.h"

#include <gmock/gmock.h>

#include <limits>

#include "oracle.h"
#include "samples.h"
#include "stats/effect_size.h"

namespace assay::stats {
namespace {

void expect_case(const std::string& name, const MannWhitneyOptions& options) {
  const auto& one = ab_case(name);
  const MannWhitney got = mann_whitney(numbers(one, "A"), numbers(one, "B"), options);
  expect_oracle(one, "U", got.u);
  expect_oracle(one, "p_value", got.p_two_sided);
}

TEST(MannWhitney, MatchesScipy) {
  expect_case("mann_whitney_exact", {});
  expect_case("mann_whitney_asymptotic", {.exact_up_to = 0});
  expect_case("mann_whitney_ties_asymptotic", {});
}

TEST(MannWhitney, ExactAgreesWithTheNormalAtFiftyASide) {
  const std::vector<double> a = normal_sample(50, 0.0, 1.0, 1);
  const std::vector<double> b = normal_sample(50, 0.3, 1.0, 2);
  const MannWhitney exact = mann_whitney(a, b);
  EXPECT_EQ(exact.method, "Mann-Whitney U, exact");
  EXPECT_NEAR(exact.p_two_sided, mann_whitney(a, b, {.exact_up_to = 0}).p_two_sided, 2e-3);
}

// 3 above 3: 1 of 20 arrangements on either side.
TEST(MannWhitney, ApartCompletelyIsTheRarestArrangement) {
  const MannWhitney got = mann_whitney(std::vector<double>{1, 2, 3}, std::vector<double>{4, 5, 6});
  EXPECT_EQ(got.u, 9.0);
  EXPECT_NEAR(got.p_two_sided, 0.1, 1e-15);
}

TEST(MannWhitney, WithoutValuesOrSpreadThereIsNothingToTest) {
  const std::vector<double> some{2, 2};
  EXPECT_EQ(mann_whitney(some, some).reason, "all values are equal");
  EXPECT_EQ(mann_whitney(some, some).p_two_sided, 1.0);
  EXPECT_EQ(mann_whitney({}, some).reason, "there are no values");
  const std::vector<double> missing{1, std::numeric_limits<double>::quiet_NaN()};
  EXPECT_EQ(mann_whitney(missing, some).excluded, 1);
}

TEST(EffectSize, MatchesItsFormulas) {
  const auto& one = ab_case("effect_sizes");
  const std::vector<double> a = numbers(one, "A"), b = numbers(one, "B");
  expect_oracle(one, "cohen_d", cohen_d(moments_of(a), moments_of(b)));
  expect_oracle(one, "hedges_g", hedges_g(moments_of(a), moments_of(b)));
  expect_oracle(one, "cliffs_delta", cliffs_delta(a, b));
}

}  // namespace
}  // namespace assay::stats
