#include "rules/identifier.h"

#include <gtest/gtest.h>

namespace assay::rules {
namespace {

TEST(Identifier, IsMadeOfSmallLettersDigitsAndUnderscores) {
  for (const char* name : {"a", "ease", "item_knn", "als2", "x_"})
    EXPECT_TRUE(is_identifier(name)) << name;
}

TEST(Identifier, BeginsWithALetter) {
  for (const char* name : {"", "2als", "_als"}) EXPECT_FALSE(is_identifier(name)) << name;
}

TEST(Identifier, HoldsNothingThatAPathOrAShellReadsInAnotherWay) {
  for (const char* name : {"My", "a-b", "a.b", "../a", "a b", "é", "a\n"})
    EXPECT_FALSE(is_identifier(name)) << name;
}

}  // namespace
}  // namespace assay::rules
