#include "dataset/time_order.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>
#include <vector>

namespace assay::dataset {
namespace {

using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::IsEmpty;

TEST(TimeOrder, WhatIsInOrderStays) {
  const TimeOrder order = order_by_time({1, 1, 2, 9});
  EXPECT_THAT(order.time_us, ElementsAre(1, 1, 2, 9));
  EXPECT_THAT(order.row, IsEmpty());
  EXPECT_THAT(order_by_time({}).time_us, IsEmpty());
}

TEST(TimeOrder, EqualTimesKeepTheirOrder) {
  const TimeOrder order = order_by_time({5, 3, 5, 3, 4});
  EXPECT_THAT(order.time_us, ElementsAre(3, 3, 4, 5, 5));
  EXPECT_THAT(order.row, ElementsAre(1, 3, 4, 0, 2));
}

TEST(TimeOrder, IsTheStableSortWhateverTheRange) {
  std::mt19937_64 random(3);
  for (const int64_t range : std::vector<int64_t>{2, 3000, 5000000, 2000000000, 4000000000,
                                                  9000000000, int64_t{1} << 52}) {
    LargeVector<int64_t> times;
    for (int i = 0; i < 200'000; ++i) times.push_back(-7 + static_cast<int64_t>(random() % range));
    std::vector<int32_t> rows(times.size());
    std::iota(rows.begin(), rows.end(), 0);
    std::ranges::stable_sort(rows, {}, [&](int32_t row) { return times[row]; });
    const TimeOrder order = order_by_time(times);
    EXPECT_THAT(order.row, ElementsAreArray(rows)) << range;
    EXPECT_TRUE(std::ranges::is_sorted(order.time_us));
    EXPECT_EQ(order.time_us[777], times[rows[777]]);
  }
}

TEST(TimeOrder, IsTheStableSortWhateverTheUnit) {
  std::mt19937_64 random(4);
  for (const int64_t unit : {1, 1000, 1'000'000}) {
    LargeVector<int64_t> times;
    for (int i = 0; i < 100'000; ++i)
      times.push_back(unit * (1'600'000'000 + static_cast<int64_t>(random() % 50'000)));
    std::vector<int32_t> rows(times.size());
    std::iota(rows.begin(), rows.end(), 0);
    std::ranges::stable_sort(rows, {}, [&](int32_t row) { return times[row]; });
    const TimeOrder order = order_by_time(times);
    EXPECT_THAT(order.row, ElementsAreArray(rows)) << unit;
    EXPECT_EQ(order.time_us[777], times[rows[777]]);
  }
}

}  // namespace
}  // namespace assay::dataset
