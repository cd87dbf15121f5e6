#include "stats/correlation.h"

#include <gmock/gmock.h>

#include "oracle.h"

namespace assay::stats {
namespace {

TEST(Correlation, PearsonMatchesScipy) {
  const auto& one = ab_case("pearson");
  const Correlation got = pearson(numbers(one, "x"), numbers(one, "y"));
  expect_oracle(one, "r", *got.value);
  expect_oracle(one, "p_value", *got.p);
  expect_near(one, got.interval->low, one["expected"]["ci_fisher_95"][0]);
  expect_near(one, got.interval->high, one["expected"]["ci_fisher_95"][1]);
}

TEST(Correlation, SpearmanWithTiesMatchesScipy) {
  const auto& one = ab_case("spearman_ties");
  const Correlation got = spearman(numbers(one, "x"), numbers(one, "y"));
  expect_oracle(one, "rho", *got.value);
  expect_oracle(one, "p_value", *got.p);
}

TEST(Correlation, KendallMatchesScipyWithAndWithoutTies) {
  const auto& ties = ab_case("kendall_tau_b_ties");
  const Correlation tied = kendall(numbers(ties, "x"), numbers(ties, "y"));
  expect_oracle(ties, "tau_b", *tied.value);
  expect_oracle(ties, "p_value", *tied.p);
  const auto& one = ab_case("kendall_tau_exact");
  const Correlation exact = kendall(numbers(one, "x"), numbers(one, "y"));
  expect_oracle(one, "tau", *exact.value);
  expect_oracle(one, "p_value", *exact.p);
  EXPECT_EQ(exact.method, "Kendall's tau-b, exact");
}

TEST(Correlation, WithoutSpreadOrPairsThereIsNone) {
  const std::vector<double> flat{1, 1, 1, 1}, some{1, 2, 4, 3};
  EXPECT_EQ(pearson(flat, some).reason, "one side has no spread");
  EXPECT_EQ(kendall(some, flat).reason, "one side has no spread");
  EXPECT_FALSE(spearman(flat, some).value);
  EXPECT_EQ(pearson(std::span(some).first(2), std::span(some).first(2)).reason,
            "a correlation needs at least 3 pairs");
  EXPECT_EQ(*pearson(some, some).p, 0.0);
}

}  // namespace
}  // namespace assay::stats
