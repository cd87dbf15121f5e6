#include "text/clipped.h"

#include <gtest/gtest.h>

namespace assay::text {
namespace {

TEST(Clipped, LeavesAShortTextAlone) {
  EXPECT_EQ(clipped("abc", 3), "abc");
  EXPECT_EQ(clipped("", 0), "");
}

TEST(Clipped, MarksWhatIsLeftOut) {
  EXPECT_EQ(clipped("abcd", 3), "abc...");
  EXPECT_EQ(clipped("abcd", 3, "…"), "abc…");
}

TEST(Clipped, LeavesOutACharacterThatDoesNotFit) {
  EXPECT_EQ(clipped("aää", 2), "a...") << "two bytes hold the half of ä";
  EXPECT_EQ(clipped("aää", 3), "aä...");
  EXPECT_EQ(clipped("€€", 2), "...");
}

}  // namespace
}  // namespace assay::text
