#include "text/display_width.h"

#include <gtest/gtest.h>

namespace assay::text {
namespace {

TEST(DisplayWidth, CountsCharactersNotBytes) {
  EXPECT_EQ(display_width(""), 0U);
  EXPECT_EQ(display_width("± 0.1"), 5U);
}

TEST(Pad, FillsToAWidthOfCharacters) {
  EXPECT_EQ(pad_right("±", 3), "±  ");
  EXPECT_EQ(pad_left("±", 3), "  ±");
}

TEST(Pad, LeavesAWiderTextAlone) {
  EXPECT_EQ(pad_left("long", 2), "long");
  EXPECT_EQ(pad_right("long", 2), "long");
}

}  // namespace
}  // namespace assay::text
