#include "text/trimmed.h"

#include <gtest/gtest.h>

namespace assay::text {
namespace {

TEST(Trimmed, TakesBlanksAndTabsOffBothEnds) {
  EXPECT_EQ(trimmed(" \ta b\t "), "a b");
  EXPECT_EQ(trimmed("a"), "a");
  EXPECT_EQ(trimmed(" \t"), "");
  EXPECT_EQ(trimmed("a\n"), "a\n") << "a line end is no blank";
}

TEST(WithoutTrailingBlanks, LeavesTheBeginningAndTabs) {
  EXPECT_EQ(without_trailing_blanks("  a b  "), "  a b");
  EXPECT_EQ(without_trailing_blanks("a\t "), "a\t");
  EXPECT_EQ(without_trailing_blanks("   "), "");
}

}  // namespace
}  // namespace assay::text
