#include "stats/multiple.h"

#include <gmock/gmock.h>

#include <limits>

#include "error/error.h"
#include "oracle.h"

namespace assay::stats {
namespace {

using testing::DoubleEq;
using testing::ElementsAre;

void expect_as_statsmodels(const std::string& key, Correction correction) {
  int cases = 0;
  for (const auto& one : ab_cases()) {
    if (!one["name"].get<std::string>().starts_with("multipletests")) continue;
    ++cases;
    const std::vector<double> got = adjust(numbers(one, "p"), correction);
    const auto& want = one["expected"][key];
    ASSERT_EQ(got.size(), want["adjusted"].size());
    for (size_t i = 0; i < got.size(); ++i) {
      expect_near(one, got[i], want["adjusted"][i]);
      // Rounding alone decides where p lands on .05 itself.
      if (std::abs(got[i] - 0.05) > 1e-12) {
        EXPECT_EQ(got[i] <= 0.05, want["reject_at_.05"][i].get<bool>()) << one["name"];
      }
    }
  }
  EXPECT_EQ(cases, 6);
}

TEST(Multiple, BonferroniMatchesStatsmodels) {
  expect_as_statsmodels("bonferroni", Correction::bonferroni);
}
TEST(Multiple, HolmMatchesStatsmodels) { expect_as_statsmodels("holm", Correction::holm); }
TEST(Multiple, BenjaminiHochbergMatchesStatsmodels) {
  expect_as_statsmodels("bh", Correction::benjamini_hochberg);
}

// Without the stop .024 would be rejected on its own (2 * .024 < .05) though .02 is kept.
TEST(Multiple, HolmStopsAtTheFirstThatIsKept) {
  const std::vector<double> adjusted =
      adjust(std::vector<double>{0.02, 0.024, 0.045}, Correction::holm);
  EXPECT_THAT(adjusted, ElementsAre(DoubleEq(0.06), DoubleEq(0.06), DoubleEq(0.06)));
}

// Going down from the smallest would stop at .02 (3 * .02 > .05); stepping up rejects all three.
TEST(Multiple, BenjaminiHochbergStepsUpFromTheLargest) {
  const std::vector<double> adjusted =
      adjust(std::vector<double>{0.02, 0.024, 0.025}, Correction::benjamini_hochberg);
  EXPECT_THAT(adjusted, ElementsAre(DoubleEq(0.025), DoubleEq(0.025), DoubleEq(0.025)));
}

TEST(Multiple, EqualPValuesGetEqualAdjustedOnes) {
  for (auto correction :
       {Correction::bonferroni, Correction::holm, Correction::benjamini_hochberg}) {
    const auto adjusted = adjust(std::vector<double>{0.03, 0.01, 0.03, 0.03}, correction);
    EXPECT_DOUBLE_EQ(adjusted[0], adjusted[2]);
    EXPECT_DOUBLE_EQ(adjusted[0], adjusted[3]);
  }
}

TEST(Multiple, NoneChangesNothingAndNoHypothesisGivesNone) {
  EXPECT_THAT(adjust(std::vector<double>{0.4, 0.1}, Correction::none), ElementsAre(0.4, 0.1));
  EXPECT_THAT(adjust(std::vector<double>{}, Correction::holm), ElementsAre());
}

TEST(Multiple, WhatIsNoProbabilityIsOurBug) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THROW(adjust(std::vector<double>{0.1, nan}, Correction::holm), error::InternalError);
  EXPECT_THROW(adjust(std::vector<double>{1.5}, Correction::none), error::InternalError);
}

TEST(Multiple, CorrectionsHaveTheirNames) {
  EXPECT_EQ(correction_name(Correction::none), "none");
  EXPECT_EQ(correction_name(Correction::bonferroni), "Bonferroni");
  EXPECT_EQ(correction_name(Correction::holm), "Holm");
  EXPECT_EQ(correction_name(Correction::benjamini_hochberg), "Benjamini-Hochberg");
}

}  // namespace
}  // namespace assay::stats
