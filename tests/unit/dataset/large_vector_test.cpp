#include "dataset/large_vector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>

namespace assay {
namespace {

using testing::ElementsAre;

TEST(LargeVector, HoldsWhatIsAddedOneByOneOrTogether) {
  LargeVector<int32_t> values = {1, 2};
  values.push_back(3);
  values.append(LargeVector<int32_t>{4, 5});
  values.append(2, 6);
  EXPECT_THAT(values, ElementsAre(1, 2, 3, 4, 5, 6, 6));
}

TEST(LargeVector, KeepsItsValuesWhenItGrowsPastSmallPages) {
  LargeVector<int64_t> values;
  for (int64_t i = 0; i < 3'000'000; ++i) values.push_back(i * i);
  ASSERT_EQ(values.size(), 3'000'000);
  for (int64_t i = 0; i < 3'000'000; ++i) ASSERT_EQ(values[i], i * i);
}

TEST(LargeVector, CopiesAreTheirOwn) {
  LargeVector<int32_t> values = {1, 2};
  LargeVector<int32_t> copy = values;
  copy[0] = 9;
  const LargeVector<int32_t> moved = std::move(copy);
  EXPECT_THAT(values, ElementsAre(1, 2));
  EXPECT_THAT(moved, ElementsAre(9, 2));
}

}  // namespace
}  // namespace assay
