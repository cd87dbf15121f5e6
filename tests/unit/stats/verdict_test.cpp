#include "stats/verdict.h"

#include <gmock/gmock.h>

namespace assay::stats {
namespace {

/// 943 requests, a margin of .002, and enough power to see it.
DecisionInput input(double low, double high) {
  DecisionInput result;
  result.n = 943;
  result.difference = (low + high) / 2.0;
  result.interval = {low, high};
  result.minimum_detectable_effect = 0.0015;
  result.margin = 0.002;
  return result;
}

TEST(Verdict, AnIntervalAboveZeroIsBetterWhereHigherIs) {
  DecisionInput above = input(0.004, 0.020);
  EXPECT_EQ(decide(above).verdict, Verdict::better);
  above.higher_is_better = false;
  EXPECT_EQ(decide(above).verdict, Verdict::worse);
  EXPECT_EQ(decide(input(-0.020, -0.004)).verdict, Verdict::worse);
}

TEST(Verdict, SixtyRequestsDecideNothing) {
  DecisionInput few = input(0.1, 0.2);
  few.n = 60;
  EXPECT_EQ(decide(few).verdict, Verdict::too_few);
  EXPECT_EQ(decide(few).reason, "60 requests; a verdict needs at least 200");
  few.n = 199;
  EXPECT_EQ(decide(few).verdict, Verdict::too_few);
  few.n = 200;
  EXPECT_EQ(decide(few).verdict, Verdict::better);
}

TEST(Verdict, AroundZeroWithoutThePowerToSeeTheMarginIsTooFewRequests) {
  DecisionInput weak = input(-0.003, 0.011);
  weak.minimum_detectable_effect = 0.010;
  EXPECT_EQ(decide(weak).verdict, Verdict::too_few);
  EXPECT_EQ(decide(weak).reason, "the minimum detectable difference is 0.01, and the margin 0.002");
  weak.margin = 0.0;
  EXPECT_EQ(decide(weak).reason, "the minimum detectable difference is 0.01");
  weak.minimum_detectable_effect.reset();
  EXPECT_EQ(decide(weak).verdict, Verdict::too_few);
}

TEST(Verdict, AroundZeroWithThatPowerIsUndecided) {
  EXPECT_EQ(decide(input(-0.0005, 0.0025)).verdict, Verdict::undecided);
}

TEST(Verdict, WithinTheMarginIsEquivalent) {
  EXPECT_EQ(decide(input(-0.001, 0.0015)).verdict, Verdict::equivalent);
  const Decision tiny = decide(input(0.0005, 0.0015));
  EXPECT_EQ(tiny.verdict, Verdict::equivalent);
  EXPECT_EQ(tiny.reason, "the difference is significant, but smaller than the margin of 0.002");
}

TEST(Verdict, IdenticalListsAreEquivalentWithoutAnyMargin) {
  DecisionInput identical = input(0.0, 0.0);
  identical.margin = 0.0;
  EXPECT_EQ(decide(identical).verdict, Verdict::equivalent);
  EXPECT_EQ(decide(identical).reason, "identical on all 943 requests");
}

TEST(Verdict, WhatTheFamilyDoesNotBearOutIsUndecided) {
  DecisionInput corrected = input(0.004, 0.020);
  corrected.p_adjusted = 0.05;
  EXPECT_EQ(decide(corrected).verdict, Verdict::better);
  corrected.p_adjusted = 0.06;
  EXPECT_EQ(decide(corrected).verdict, Verdict::undecided);
  EXPECT_EQ(decide(corrected).reason,
            "the interval excludes 0, but p = 0.06 after correction for multiple comparisons");
}

// More requests could decide: that is not undecided.
TEST(Verdict, WhatTheFamilyDoesNotBearOutAndCouldNotHaveSeenHasTooFewRequests) {
  DecisionInput corrected = input(0.0003, 0.0132);
  corrected.minimum_detectable_effect = 0.0124;
  corrected.p_adjusted = 0.077;
  corrected.margin = 0.01;
  corrected.correction = "Holm over 9 comparisons";
  corrected.needs = "needs about 3,100 requests for a power of .8";
  EXPECT_EQ(decide(corrected).verdict, Verdict::too_few);
  EXPECT_EQ(
      decide(corrected).reason,
      "the interval excludes 0, but p = 0.077 after Holm over 9 comparisons; needs about 3,100 "
      "requests for a power of .8");
}

TEST(Verdict, FewRequestsOnOneSideOfZeroMayWellBeWorse) {
  DecisionInput few = input(-0.09, -0.02);
  few.n = 96;
  EXPECT_EQ(verdict_phrase(Verdict::too_few, few), "may well be worse than");
  few.higher_is_better = false;
  EXPECT_EQ(verdict_phrase(Verdict::too_few, few), "may well be better than");
  few = input(-0.09, 0.02);
  few.n = 96;
  EXPECT_EQ(verdict_phrase(Verdict::too_few, few), "is not shown to be better than");
}

TEST(Verdict, WithoutAnIntervalTheComparisonsReasonIsTheVerdicts) {
  DecisionInput missing = input(0.0, 1.0);
  missing.interval.reset();
  missing.reason = "3 of 943 values are infinite";
  EXPECT_EQ(decide(missing).verdict, Verdict::undecided);
  EXPECT_EQ(decide(missing).reason, "3 of 943 values are infinite");
}

TEST(Verdict, WordsAreWhatIsStored) {
  EXPECT_EQ(verdict_word(Verdict::better), "better");
  EXPECT_EQ(verdict_word(Verdict::worse), "worse");
  EXPECT_EQ(verdict_word(Verdict::equivalent), "equivalent");
  EXPECT_EQ(verdict_word(Verdict::undecided), "undecided");
  EXPECT_EQ(verdict_word(Verdict::too_few), "too few requests");
  EXPECT_EQ(verdict_word(CostVerdict::faster), "faster");
  EXPECT_EQ(verdict_word(CostVerdict::not_slower), "not slower");
  EXPECT_EQ(verdict_word(CostVerdict::slower_within_guardrail), "slower within guardrail");
  EXPECT_EQ(verdict_word(CostVerdict::guardrail_broken), "guardrail broken");
  EXPECT_EQ(verdict_word(CostVerdict::undecided), "undecided");
  EXPECT_EQ(verdict_word(CostVerdict::too_few), "too few requests");
}

TEST(Verdict, PhrasesReadAsASentence) {
  EXPECT_EQ(verdict_phrase(Verdict::better, input(0.004, 0.02)), "is better than");
  EXPECT_EQ(verdict_phrase(Verdict::worse, input(-0.02, -0.01)), "is worse than");
  EXPECT_EQ(verdict_phrase(Verdict::equivalent, input(0, 0)), "is equivalent to");
  EXPECT_EQ(verdict_phrase(Verdict::undecided, input(-0.007, 0.001)), "is no better than");
  EXPECT_EQ(verdict_phrase(Verdict::too_few, input(-0.003, 0.011)),
            "is not shown to be better than");
  DecisionInput lower = input(-0.011, 0.003);
  lower.higher_is_better = false;
  EXPECT_EQ(verdict_phrase(Verdict::too_few, lower), "is not shown to be better than");
  EXPECT_EQ(verdict_phrase(Verdict::too_few, DecisionInput{}), "is not shown to be better than");
}

}  // namespace
}  // namespace assay::stats
