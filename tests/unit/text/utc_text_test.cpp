#include "text/utc_text.h"

#include <gtest/gtest.h>

namespace assay::text {
namespace {

TEST(UtcText, WholeSecondsHaveNoFraction) {
  EXPECT_EQ(utc_text(0), "1970-01-01 00:00:00 UTC");
  EXPECT_EQ(utc_text(1'717'180'200'000'000), "2024-05-31 18:30:00 UTC");
}

TEST(UtcText, AFractionHasSixDigits) {
  EXPECT_EQ(utc_text(1'717'180'200'000'500), "2024-05-31 18:30:00.000500 UTC");
}

}  // namespace
}  // namespace assay::text
