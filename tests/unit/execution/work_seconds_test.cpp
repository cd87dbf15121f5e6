#include "execution/work_seconds.h"

#include <gtest/gtest.h>

#include <vector>

namespace assay::execution {
namespace {

TEST(TimeLeft, IsTheSecondsOfWhatIsLeftAndNotItsNumber) {
  WorkSeconds known;
  known.know("quick", 1);
  known.know("slow", 100);
  const std::vector<Work> waiting = {{"quick", 1}, {"quick", 1}, {"slow", 1}};
  const TimeLeft left = time_left(known, {}, waiting, 1);
  EXPECT_DOUBLE_EQ(left.seconds, 102);
  EXPECT_TRUE(left.whole);
}

TEST(TimeLeft, IsSharedByThoseAtWorkButNoTaskIsSplit) {
  WorkSeconds known;
  known.know("a", 10);
  const std::vector<Work> even(4, {"a", 1});
  EXPECT_DOUBLE_EQ(time_left(known, {}, even, 2).seconds, 20);
  const std::vector<Work> one(1, {"a", 1});
  EXPECT_DOUBLE_EQ(time_left(known, {}, one, 2).seconds, 10);
}

TEST(TimeLeft, IsInProportionToTheAmountOfWork) {
  WorkSeconds known;
  known.ended({"evaluate", 100}, 5);
  known.ended({"evaluate", 300}, 15);
  EXPECT_DOUBLE_EQ(*known.of({"evaluate", 40}), 2);
}

TEST(TimeLeft, OfWorkAtHandFollowsItsProgress) {
  const std::vector<WorkAtHand> at_hand = {{{"fit als", 1}, 20, 10, 60}};
  const std::vector<Work> waiting = {{"fit als", 1}};
  const TimeLeft left = time_left(WorkSeconds(), at_hand, waiting, 1);
  EXPECT_DOUBLE_EQ(left.seconds, 100 + 120);  // nothing else is known of this fit
  EXPECT_TRUE(left.whole);
}

TEST(TimeLeft, SaysThatSomeOfItIsNotKnown) {
  WorkSeconds known;
  known.know("a", 10);
  const std::vector<Work> waiting = {{"a", 1}, {"new", 1}};
  const TimeLeft left = time_left(known, {}, waiting, 1);
  EXPECT_DOUBLE_EQ(left.seconds, 10);
  EXPECT_FALSE(left.whole);
}

TEST(TimeLeft, OfALateTaskIsNotNegative) {
  WorkSeconds known;
  known.know("a", 10);
  const std::vector<WorkAtHand> at_hand = {{{"a", 1}, 25, 0, 0}};
  EXPECT_DOUBLE_EQ(time_left(known, at_hand, {}, 1).seconds, 0);
}

TEST(WorkSeconds, WhatEndedHereCountsMoreThanWhatWasKnown) {
  WorkSeconds known;
  known.know("a", 10);
  known.ended({"a", 1}, 3);
  EXPECT_DOUBLE_EQ(*known.of({"a", 2}), 6);
}

}  // namespace
}  // namespace assay::execution
