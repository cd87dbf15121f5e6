#include "text/counted.h"

#include <gtest/gtest.h>

namespace assay::text {
namespace {

TEST(Counted, OneIsTheOnlySingular) {
  EXPECT_EQ(counted(1, "trial"), "1 trial");
  EXPECT_EQ(counted(0, "trial"), "0 trials");
  EXPECT_EQ(counted(2, "trial"), "2 trials");
  EXPECT_EQ(plural(1, "trial"), "trial");
  EXPECT_EQ(plural(0, "trial"), "trials");
}

TEST(Counted, LargeNumbersHaveSeparators) { EXPECT_EQ(counted(1'234, "trial"), "1,234 trials"); }

}  // namespace
}  // namespace assay::text
