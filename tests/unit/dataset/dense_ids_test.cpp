#include "dataset/dense_ids.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assay::dataset {
namespace {

using testing::ElementsAre;

std::vector<std::string> ordered(const std::vector<std::string>& ids) {
  TextColumn column;
  for (const std::string& id : ids) column.add(id);
  std::vector<std::string> out;
  for (int32_t row : order_of_ids(column.view())) out.emplace_back(column[row]);
  return out;
}

TEST(DenseIds, FollowNumbersWhereAllAreIntegers) {
  EXPECT_THAT(ordered({"10", "9", "-3", "100"}), ElementsAre("-3", "9", "10", "100"));
}

TEST(DenseIds, FollowBytesWhereOneIsNoInteger) {
  EXPECT_THAT(ordered({"10", "9", "x"}), ElementsAre("10", "9", "x"));
  EXPECT_THAT(ordered({"2.5", "10", "1"}), ElementsAre("1", "10", "2.5"));
  EXPECT_THAT(ordered({"b", "\xC3\xA4", "B"}), ElementsAre("B", "b", "\xC3\xA4"));
}

TEST(DenseIds, KeepEqualNumbersApartByTheirBytes) {
  EXPECT_THAT(ordered({"7", "07", "007", "1"}), ElementsAre("1", "007", "07", "7"));
}

TEST(DenseIds, TakeOnlyPlainIntegersOfAtMost18DigitsAsNumbers) {
  EXPECT_EQ(as_integer("-12"), -12);
  EXPECT_EQ(as_integer("999999999999999999"), 999999999999999999);
  for (const char* text : {"", "-", "+1", " 1", "1 ", "1e3", "1.0", "1000000000000000000", "0x1"}) {
    EXPECT_EQ(as_integer(text), std::nullopt) << text;
  }
}

TEST(Interner, NumbersTextsInTheOrderTheyComeIn) {
  Interner interner;
  EXPECT_EQ(interner.add("b"), 0);
  EXPECT_EQ(interner.add("a"), 1);
  EXPECT_EQ(interner.add("b"), 0);
  EXPECT_EQ(interner.find("a"), 1);
  EXPECT_EQ(interner.find("c"), -1);
}

TEST(Interner, FindsEveryTextAfterItGrew) {
  Interner interner;
  for (int i = 0; i < 50000; ++i) EXPECT_EQ(interner.add("id " + std::to_string(i)), i);
  for (int i = 0; i < 50000; ++i) EXPECT_EQ(interner.find("id " + std::to_string(i)), i);
  EXPECT_EQ(interner.size(), 50000);
}

}  // namespace
}  // namespace assay::dataset
