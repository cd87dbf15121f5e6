#include "text/indented.h"

#include <gtest/gtest.h>

namespace assay::text {
namespace {

TEST(Indented, MovesEveryLineButTheFirst) {
  EXPECT_EQ(indented("a\nb\n\nc", 2), "a\n  b\n  \n  c");
  EXPECT_EQ(indented("a", 2), "a");
}

}  // namespace
}  // namespace assay::text
