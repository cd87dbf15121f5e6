#include "text/parts.h"

#include <gmock/gmock.h>

namespace assay::text {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(PartsOf, StandBetweenTheSeparators) {
  EXPECT_THAT(parts_of("/lib:/usr/lib", ":"), ElementsAre("/lib", "/usr/lib"));
  EXPECT_THAT(parts_of("train, rank", ", "), ElementsAre("train", "rank"));
  EXPECT_THAT(parts_of("alone", ":"), ElementsAre("alone"));
}

TEST(PartsOf, LeavesOutEmptyParts) {
  EXPECT_THAT(parts_of(":a::b:", ":"), ElementsAre("a", "b"));
  EXPECT_THAT(parts_of("", ":"), IsEmpty());
  EXPECT_THAT(parts_of("::", ":"), IsEmpty());
}

}  // namespace
}  // namespace assay::text
