#include "stats/groups.h"

#include <gmock/gmock.h>

#include "error/error.h"
#include "oracle.h"
#include "stats/distributions.h"
#include "stats/studentised.h"

namespace assay::stats {
namespace {

std::vector<std::vector<double>> lists(const nlohmann::json& one, const char* name) {
  return one.at("input").at(name).get<std::vector<std::vector<double>>>();
}

TEST(Groups, TukeyMatchesScipy) {
  const auto& one = ab_case("tukey_hsd");
  const auto& want = one["expected"];
  const std::vector<GroupPairTest> pairs = tukey(lists(one, "groups"));
  ASSERT_EQ(pairs.size(), 6u);
  for (size_t i = 0; i < pairs.size(); ++i) {
    EXPECT_EQ(pairs[i].first, want["pairs"][i][0]);
    EXPECT_EQ(pairs[i].second, want["pairs"][i][1]);
    expect_near(one, *pairs[i].difference.value, want["diff"][i]);
    expect_near(one, *pairs[i].difference.p, want["p_value"][i]);
    expect_near(one, pairs[i].difference.interval->low, want["ci_low"][i]);
    expect_near(one, pairs[i].difference.interval->high, want["ci_high"][i]);
  }
}

TEST(Groups, DunnettMatchesScipy) {
  const auto& one = ab_case("dunnett");
  const auto& want = one["expected"];
  const std::vector<GroupPairTest> pairs = dunnett(lists(one, "groups"));
  ASSERT_EQ(pairs.size(), 3u);
  for (size_t i = 0; i < pairs.size(); ++i) {
    const Difference& got = pairs[i].difference;
    expect_near(one, *got.value / *got.standard_error, want["t"][i]);
    expect_near(one, *got.p, want["p_value"][i]);
    EXPECT_EQ(*got.p <= 0.05, !got.interval->holds(0.0));
  }
}

TEST(Groups, TestsOfAllAtOnceMatchScipy) {
  const auto& f = ab_case("anova");
  expect_oracle(f, "F", anova(lists(f, "groups")).statistic);
  expect_oracle(f, "p_value", anova(lists(f, "groups")).p);
  const auto& h = ab_case("kruskal_wallis");
  expect_oracle(h, "H", kruskal_wallis(lists(h, "groups")).statistic);
  expect_oracle(h, "p_value", kruskal_wallis(lists(h, "groups")).p);
  const auto& chi2 = ab_case("friedman");
  expect_oracle(chi2, "chi2", friedman(lists(chi2, "treatments")).statistic);
  expect_oracle(chi2, "p_value", friedman(lists(chi2, "treatments")).p);
}

TEST(Groups, NothingToCompareHasAReason) {
  const std::vector<std::vector<double>> one{{1, 2}}, flat{{1, 1}, {1, 1}}, empty{{1, 2}, {}};
  EXPECT_EQ(anova(one).reason, "there are fewer than two groups");
  EXPECT_EQ(anova(flat).reason, "no group has any spread");
  EXPECT_EQ(kruskal_wallis(flat).reason, "all values are equal");
  EXPECT_EQ(kruskal_wallis(empty).reason, "a group has no values");
  EXPECT_EQ(friedman(flat).reason, "every user is indifferent");
  EXPECT_TRUE(tukey(empty).empty());
  EXPECT_TRUE(dunnett(flat).empty());
  EXPECT_THROW(friedman(empty), error::InternalError);
}

// Two groups are one t test, whose |t| is the range over the square root of 2.
TEST(Studentised, TwoGroupsAreStudentsT) {
  for (double degrees : {1.0, 3.0, 20.0, 400.0, 1e5}) {
    for (double t : {0.5, 2.0, 4.0}) {
      const double want = 1.0 - t_two_sided(t, degrees);
      EXPECT_NEAR(studentised_range_cdf(t * std::sqrt(2.0), 2.0, degrees), want, 1e-9) << degrees;
      const double loading = std::sqrt(0.5);
      EXPECT_NEAR(dunnett_cdf(t, std::span(&loading, 1), degrees), want, 1e-9) << degrees;
    }
  }
}

// Tables of the studentised range, upper 5 % (Pearson & Hartley 1966, table 29).
TEST(Studentised, QuantilesAreThoseOfTheTables) {
  EXPECT_NEAR(studentised_range_quantile(0.95, 3, 10), 3.877, 5e-4);
  EXPECT_NEAR(studentised_range_quantile(0.95, 5, 20), 4.232, 5e-4);
  EXPECT_NEAR(studentised_range_quantile(0.95, 10, 60), 4.646, 5e-4);
}

}  // namespace
}  // namespace assay::stats
