#include "report/numbers.h"

#include <gtest/gtest.h>

namespace assay::report {
namespace {

TEST(Numbers, DecimalsFollowTheUncertainty) {
  EXPECT_EQ(decimals_for(0.005), 3);
  EXPECT_EQ(decimals_for(0.0018), 4);
  EXPECT_EQ(decimals_for(0.0035), 3);
  EXPECT_EQ(decimals_for(3.3), 0);
  EXPECT_EQ(decimals_for(120.0), 0);
  EXPECT_EQ(decimals_for(1e-12), 6);
  EXPECT_EQ(decimals_for(0.0), 4);
}

TEST(Numbers, ADifferenceHasItsSignAndItsIntervalDoesNot) {
  EXPECT_EQ(difference_text(0.00912, 0.0041, 0.0139), "+0.009 [0.004, 0.014]");
  EXPECT_EQ(difference_text(-0.003, -0.0072, 0.0012), "-0.003 [-0.007, 0.001]");
  EXPECT_EQ(difference_text(0.0, 0.0, 0.0), "0.0000 [0.0000, 0.0000]");
  EXPECT_EQ(difference_text(-0.022, -0.0447, -0.0003), "-0.0220 [-0.0447, -0.0003]");
  EXPECT_EQ(difference_text(0.0123, std::nullopt, std::nullopt), "+0.0123");
}

TEST(Numbers, NothingIsMinusZero) {
  EXPECT_EQ(fixed(-0.0001, 3), "0.000");
  EXPECT_EQ(signed_fixed(-0.0001, 3), "0.000");
  EXPECT_EQ(fixed(-0.0006, 3), "-0.001");
}

TEST(Numbers, TimesShowTwoDigitsOfTheSmaller) {
  EXPECT_EQ(times_text(2.42, 1.93), "2.4 ms against 1.9 ms");
  EXPECT_EQ(times_text(0.411, 0.882), "0.41 ms against 0.88 ms");
  EXPECT_EQ(times_text(123.4, 98.2), "123 ms against 98 ms");
  EXPECT_EQ(times_text(1.0, 0.0), "1.0 ms against 0.0 ms");
}

TEST(Numbers, PercentagesHaveADecimalWhereTheyAreSmall) {
  EXPECT_EQ(percent_change(0.26), "+26 %");
  EXPECT_EQ(percent_change(-0.053), "-5.3 %");
  EXPECT_EQ(percent_change(0.0996), "+10 %");
}

TEST(Numbers, LinesBreakBetweenWordsButNotWithinAnInterval) {
  EXPECT_EQ(wrapped("one two three", 8), "one two\nthree");
  EXPECT_EQ(wrapped("  indented text", 8, 2), "  indented\n  text");
  EXPECT_EQ(wrapped("is [0.1, 0.2] of", 9), "is\n[0.1, 0.2]\nof");
  EXPECT_EQ(wrapped("a rise of 10 % here", 12), "a rise of\n10 % here");
  EXPECT_EQ(wrapped("given n = 943, so", 9), "given\nn = 943,\nso");
  EXPECT_EQ(wrapped("", 9), "");
}

TEST(Numbers, DaysAreWritten) {
  EXPECT_EQ(day_text("2026-11-22T21:50:03Z"), "22 November 2026");
  EXPECT_EQ(day_text("2026-01-02T00:00:00Z"), "2 January 2026");
  EXPECT_EQ(day_text("some day"), "some day");
  EXPECT_EQ(day_text("2026-13-01T00:00:00Z"), "2026-13-01T00:00:00Z");
}

}  // namespace
}  // namespace assay::report
