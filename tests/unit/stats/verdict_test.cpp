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
  EXPECT_EQ(decide(above).verdict, Verdict::kBetter);
  above.higher_is_better = false;
  EXPECT_EQ(decide(above).verdict, Verdict::kWorse);
  EXPECT_EQ(decide(input(-0.020, -0.004)).verdict, Verdict::kWorse);
}

TEST(Verdict, SixtyRequestsDecideNothing) {
  DecisionInput few = input(0.1, 0.2);
  few.n = 60;
  EXPECT_EQ(decide(few).verdict, Verdict::kTooFew);
  EXPECT_EQ(decide(few).reason, "60 requests; a verdict needs at least 200");
  few.n = 199;
  EXPECT_EQ(decide(few).verdict, Verdict::kTooFew);
  few.n = 200;
  EXPECT_EQ(decide(few).verdict, Verdict::kBetter);
}

TEST(Verdict, AroundZeroWithoutThePowerToSeeTheMarginIsTooFewRequests) {
  DecisionInput weak = input(-0.003, 0.011);
  weak.minimum_detectable_effect = 0.010;
  EXPECT_EQ(decide(weak).verdict, Verdict::kTooFew);
  EXPECT_EQ(decide(weak).reason,
            "only differences of 0.01 or more would be seen, and 0.002 matters");
  weak.margin = 0.0;
  EXPECT_EQ(decide(weak).reason, "only differences of 0.01 or more would be seen");
  weak.minimum_detectable_effect.reset();
  EXPECT_EQ(decide(weak).verdict, Verdict::kTooFew);
}

TEST(Verdict, AroundZeroWithThatPowerIsUndecided) {
  EXPECT_EQ(decide(input(-0.0005, 0.0025)).verdict, Verdict::kUndecided);
}

TEST(Verdict, WithinTheMarginIsEquivalent) {
  EXPECT_EQ(decide(input(-0.001, 0.0015)).verdict, Verdict::kEquivalent);
  const Decision tiny = decide(input(0.0005, 0.0015));
  EXPECT_EQ(tiny.verdict, Verdict::kEquivalent);
  EXPECT_EQ(tiny.reason, "there is a difference, but it is smaller than the margin of 0.002");
}

TEST(Verdict, IdenticalListsAreEquivalentWithoutAnyMargin) {
  DecisionInput identical = input(0.0, 0.0);
  identical.margin = 0.0;
  EXPECT_EQ(decide(identical).verdict, Verdict::kEquivalent);
  EXPECT_EQ(decide(identical).reason, "identical on all 943 requests");
}

TEST(Verdict, WhatTheFamilyDoesNotBearOutIsUndecided) {
  DecisionInput corrected = input(0.004, 0.020);
  corrected.p_adjusted = 0.05;
  EXPECT_EQ(decide(corrected).verdict, Verdict::kBetter);
  corrected.p_adjusted = 0.06;
  EXPECT_EQ(decide(corrected).verdict, Verdict::kUndecided);
  EXPECT_EQ(decide(corrected).reason,
            "the interval leaves 0 out, but p = 0.06 after correction for several comparisons");
}

TEST(Verdict, WithoutAnIntervalTheComparisonsReasonIsTheVerdicts) {
  DecisionInput missing = input(0.0, 1.0);
  missing.interval.reset();
  missing.reason = "3 of 943 values are infinite";
  EXPECT_EQ(decide(missing).verdict, Verdict::kUndecided);
  EXPECT_EQ(decide(missing).reason, "3 of 943 values are infinite");
}

TEST(Verdict, WordsAreWhatIsStored) {
  EXPECT_EQ(verdict_word(Verdict::kBetter), "better");
  EXPECT_EQ(verdict_word(Verdict::kWorse), "worse");
  EXPECT_EQ(verdict_word(Verdict::kEquivalent), "equivalent");
  EXPECT_EQ(verdict_word(Verdict::kUndecided), "undecided");
  EXPECT_EQ(verdict_word(Verdict::kTooFew), "too few requests");
  EXPECT_EQ(verdict_word(CostVerdict::kFaster), "faster");
  EXPECT_EQ(verdict_word(CostVerdict::kNotSlower), "not slower");
  EXPECT_EQ(verdict_word(CostVerdict::kSlowerWithinGuardrail), "slower within guardrail");
  EXPECT_EQ(verdict_word(CostVerdict::kGuardrailBroken), "guardrail broken");
  EXPECT_EQ(verdict_word(CostVerdict::kUndecided), "undecided");
  EXPECT_EQ(verdict_word(CostVerdict::kTooFew), "too few requests");
}

TEST(Verdict, PhrasesReadAsASentence) {
  EXPECT_EQ(verdict_phrase(Verdict::kBetter, input(0.004, 0.02)), "is better than");
  EXPECT_EQ(verdict_phrase(Verdict::kWorse, input(-0.02, -0.01)), "is worse than");
  EXPECT_EQ(verdict_phrase(Verdict::kEquivalent, input(0, 0)), "is equivalent to");
  EXPECT_EQ(verdict_phrase(Verdict::kUndecided, input(-0.007, 0.001)), "is no better than");
  EXPECT_EQ(verdict_phrase(Verdict::kTooFew, input(-0.003, 0.011)),
            "is not shown to be better than");
  DecisionInput lower = input(-0.011, 0.003);
  lower.higher_is_better = false;
  EXPECT_EQ(verdict_phrase(Verdict::kTooFew, lower), "is not shown to be better than");
  EXPECT_EQ(verdict_phrase(Verdict::kTooFew, DecisionInput{}), "is not shown to be better than");
}

}  // namespace
}  // namespace assay::stats
