#include "text/thousands.h"

#include <gtest/gtest.h>

#include <limits>

namespace assay::text {
namespace {

TEST(Thousands, HaveSeparators) {
  EXPECT_EQ(thousands(0), "0");
  EXPECT_EQ(thousands(943), "943");
  EXPECT_EQ(thousands(22'363), "22,363");
  EXPECT_EQ(thousands(1'234'567), "1,234,567");
}

TEST(Thousands, TheSignIsNoDigit) {
  EXPECT_EQ(thousands(-943), "-943");
  EXPECT_EQ(thousands(-1'234'567), "-1,234,567");
  EXPECT_EQ(thousands(std::numeric_limits<int64_t>::min()), "-9,223,372,036,854,775,808");
}

}  // namespace
}  // namespace assay::text
