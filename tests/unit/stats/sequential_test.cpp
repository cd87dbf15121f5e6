#include "stats/sequential.h"

#include <gmock/gmock.h>

#include <cmath>

#include "group_oracle.h"
#include "samples.h"

namespace assay::stats {
namespace {

using ::testing::HasSubstr;

TEST(AlwaysValid, MatchesGbstatsOnMeansProportionsCupedAndRatios) {
  int cases = 0;
  for (const auto& one : ab_cases()) {
    const std::string name = one["name"];
    if (name.find("sequential") == std::string::npos) continue;
    const double tuning = std::stod(name.substr(name.find("tuning") + 6));
    expect_difference(one, always_valid(fixed_test(one), {.tuning = tuning}));
    ++cases;
  }
  EXPECT_EQ(cases, 22);
}

// Looking after every value at a fixed 5 % would raise a false alarm in far more than 5 % of A/A
// runs; the sequence may not.
TEST(AlwaysValid, LooksAtEverySizeCostNothing) {
  int fixed_alarms = 0;
  int alarms = 0;
  constexpr int kRuns = 200;
  for (uint32_t run = 0; run < kRuns; ++run) {
    const std::vector<double> a = normal_sample(1'000, 0.0, 1.0, 2 * run);
    const std::vector<double> b = normal_sample(1'000, 0.0, 1.0, 2 * run + 1);
    bool fixed_alarm = false;
    bool alarm = false;
    for (size_t n = 50; n <= a.size(); n += 50) {
      const Difference fixed = welch(std::span(a).first(n), std::span(b).first(n));
      fixed_alarm |= *fixed.p <= 0.05;
      alarm |= *always_valid(fixed, {.tuning = 1'000}).p <= 0.05;
    }
    fixed_alarms += fixed_alarm;
    alarms += alarm;
  }
  EXPECT_GT(fixed_alarms, kRuns * 0.12);
  EXPECT_LE(alarms, kRuns * 0.05);
}

TEST(AlwaysValid, WhatHasNoErrorStaysAsItIs) {
  Difference absent;
  absent.reason = "there are no values";
  EXPECT_EQ(always_valid(absent).reason, "there are no values");
  EXPECT_FALSE(always_valid(absent).interval);
}

TEST(AlwaysValid, SaysSo) {
  const Difference fixed = welch(normal_sample(50, 0, 1, 1), normal_sample(50, 0, 1, 2));
  EXPECT_THAT(always_valid(fixed).method, HasSubstr("always valid, tuned for 5000"));
}

}  // namespace
}  // namespace assay::stats
