#include <assay/batch.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/kernels/requests.h"

namespace assay {
namespace {

using ::testing::ElementsAre;
using testing::integers;
using testing::ragged;

at::Tensor weights(const std::vector<double>& values) {
  return at::tensor(values, at::kDouble).to(at::kFloat);
}

// Three rows, the first with a repeat; each place has a time and a weight.
History with_repeats() {
  History history(ragged({{7, 3, 7, 5}, {}, {3, 3}}));
  history.time_us = at::tensor({10, 20, 30, 40, 50, 60}, at::kLong);
  history.weight = weights({1, 2, 3, 4, 5, 6});
  return history;
}

TEST(History, OnceKeepsTheFirstPlaceOfEachItemWithItsTimeAndWeight) {
  const History once = with_repeats().once();
  EXPECT_THAT(integers(once.values), ElementsAre(7, 3, 5, 3));
  EXPECT_THAT(integers(once.offsets), ElementsAre(0, 3, 3, 4));
  EXPECT_THAT(integers(*once.time_us), ElementsAre(10, 20, 40, 50));
  EXPECT_TRUE(once.weight->equal(weights({1, 2, 4, 5})));
  EXPECT_TRUE(once.distinct);
}

TEST(History, OnceOfRowsWithoutRepeatsIsTheseRows) {
  const History history(ragged({{7, 3}, {3}}));
  const History once = history.once();
  EXPECT_TRUE(once.values.is_same(history.values));
  EXPECT_TRUE(once.distinct);
}

TEST(History, WhatIsKnownToBeDistinctIsNotLookedAt) {
  History history(ragged({{7, 7}}));
  history.distinct = true;
  EXPECT_THAT(integers(history.once().values), ElementsAre(7, 7));
}

TEST(History, CountedGoesByRepeats) {
  EXPECT_EQ(with_repeats().counted(Repeats::each).values.size(0), 6);
  EXPECT_EQ(with_repeats().counted(Repeats::once).values.size(0), 4);
}

TEST(History, SliceAndSelectTakeTimesAlong) {
  const History part = with_repeats().slice(2, 1);
  EXPECT_THAT(integers(part.values), ElementsAre(3, 3));
  EXPECT_THAT(integers(*part.time_us), ElementsAre(50, 60));
  const History chosen = with_repeats().select(at::tensor({2, 0}, at::kLong));
  EXPECT_THAT(integers(chosen.values), ElementsAre(3, 3, 7, 3, 7, 5));
  EXPECT_THAT(integers(*chosen.time_us), ElementsAre(50, 60, 10, 20, 30, 40));
  EXPECT_FALSE(chosen.event_type.has_value());
}

TEST(History, WithoutRowsStaysEmpty) {
  EXPECT_EQ(History().once().rows(), 0);
  EXPECT_EQ(History().select(at::tensor(std::vector<int64_t>{}, at::kLong)).rows(), 0);
}

}  // namespace
}  // namespace assay
