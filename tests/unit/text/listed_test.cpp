#include "text/listed.h"

#include <gtest/gtest.h>

namespace assay::text {
namespace {

const std::vector<std::string> kNames = {"a", "b", "c"};

TEST(Listed, EndsWithAnd) {
  EXPECT_EQ(listed({}), "");
  EXPECT_EQ(listed({"a"}), "a");
  EXPECT_EQ(listed({"a", "b"}), "a and b");
  EXPECT_EQ(listed(kNames), "a, b and c");
}

TEST(Alternatives, EndWithOr) {
  EXPECT_EQ(alternatives({}), "");
  EXPECT_EQ(alternatives({"a"}), "a");
  EXPECT_EQ(alternatives({"a", "b"}), "a or b");
  EXPECT_EQ(alternatives(kNames), "a, b or c");
}

TEST(FirstOf, DotsStandForNamesThatAreLeftOut) {
  EXPECT_EQ(first_of(kNames, 2), "a, b, ...");
  EXPECT_EQ(first_of(kNames, 3), "a, b, c");
  EXPECT_EQ(first_of(kNames, 12), "a, b, c");
  EXPECT_EQ(first_of({}, 12), "");
}

}  // namespace
}  // namespace assay::text
