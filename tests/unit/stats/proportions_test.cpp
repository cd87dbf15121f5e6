#include "stats/proportions.h"

#include <gmock/gmock.h>

#include "error/error.h"
#include "oracle.h"

namespace assay::stats {
namespace {

TEST(Proportions, IntervalsMatchStatsmodels) {
  const std::pair<const char*, ProportionInterval> kinds[] = {
      {"wilson", ProportionInterval::wilson},
      {"clopper_pearson", ProportionInterval::clopper_pearson},
      {"wald", ProportionInterval::wald},
      {"agresti_coull", ProportionInterval::agresti_coull},
      {"jeffreys", ProportionInterval::jeffreys}};
  for (const auto& [name, kind] : kinds) {
    const auto& one = ab_case(std::string("proportion_ci_") + name);
    const Estimate got = proportion(one["input"]["successes"], one["input"]["n"], kind);
    expect_near(one, got.interval->low, one["expected"]["ci"][0]);
    expect_near(one, got.interval->high, one["expected"]["ci"][1]);
  }
}

TEST(Proportions, PooledZMatchesStatsmodels) {
  const auto& one = ab_case("proportions_z_pooled");
  const auto& a = one["input"]["A"];
  const auto& b = one["input"]["B"];
  const Difference got = proportions_z(a["successes"], a["n"], b["successes"], b["n"]);
  expect_oracle(one, "z", *got.value / *got.standard_error);
  expect_oracle(one, "p_value", *got.p);
}

TEST(Proportions, McNemarMatchesScipy) {
  const auto& one = ab_case("mcnemar_exact");
  expect_oracle(one, "p_value", mcnemar_exact(13, 4));
  EXPECT_EQ(mcnemar_exact(13, 4), mcnemar_exact(4, 13));
  EXPECT_EQ(mcnemar_exact(0, 0), 1.0);
}

TEST(Proportions, NoneAndAllStayWithinTheirBounds) {
  for (const auto kind : {ProportionInterval::wilson, ProportionInterval::clopper_pearson,
                          ProportionInterval::jeffreys}) {
    EXPECT_NEAR(proportion(0, 20, kind).interval->low, 0.0, 1e-15);
    EXPECT_GT(proportion(0, 20, kind).interval->high, 0.05);
    EXPECT_NEAR(proportion(20, 20, kind).interval->high, 1.0, 1e-15);
  }
}

TEST(Proportions, WhatCannotBeToldHasAReason) {
  EXPECT_EQ(proportion(0, 0).reason, "there are no values");
  EXPECT_THROW(proportion(3, 2), error::InternalError);
  EXPECT_EQ(proportions_z(0, 10, 0, 10).reason, "neither sample has any spread");
  EXPECT_FALSE(proportions_z(0, 10, 0, 10).p);
  EXPECT_EQ(proportions_z(0, 0, 1, 10).reason, "there are no values on one side");
}

}  // namespace
}  // namespace assay::stats
