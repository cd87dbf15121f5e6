#include "contract/rules.h"

#include <gtest/gtest.h>

#include "unit/pipeline/batches.h"

namespace assay::testing {
namespace {

constexpr float kPad = kMinusInfinity;

/// One list, and the row of it.
struct List {
  List(const std::vector<int64_t>& items, const std::vector<float>& scores)
      : lists(batch({items}, {scores})), row(lists.row(0)) {}

  contract::Lists lists;
  contract::Row row;
};

TEST(Row, EndsBeforeItsFirstPadding) {
  EXPECT_EQ(List({4, 2, -1}, {2, 1, kPad}).row.items.size(), 2u);
  EXPECT_EQ(List({-1, 2}, {kPad, 1}).row.items.size(), 0u);
  EXPECT_EQ(List({4, 2}, {2, 1}).row.items.size(), 2u);
}

TEST(Marks, AreOfTheirRow) {
  contract::Marks marks;
  marks.start_row();
  EXPECT_TRUE(marks.add(3));
  EXPECT_FALSE(marks.add(3));
  EXPECT_TRUE(marks.holds(3));
  marks.start_row();
  EXPECT_FALSE(marks.holds(3));
  EXPECT_TRUE(marks.add(3));
}

TEST(Marks, HoldNothingOutsideTheirLimit) {
  contract::Marks marks(5);
  marks.start_row();
  EXPECT_TRUE(marks.add(5));
  EXPECT_TRUE(marks.add(-1));
  EXPECT_FALSE(marks.holds(5));
  EXPECT_FALSE(marks.holds(-1));
}

// Each rule finds what is wrong wherever it stands, whatever else is wrong.
TEST(Rules, FindTheirOwnAtEveryRank) {
  constexpr int64_t kWidth = 37;
  for (int64_t rank = 0; rank < kWidth; ++rank) {
    std::vector<int64_t> items;
    std::vector<float> scores;
    for (int64_t i = 0; i < kWidth; ++i) {
      items.push_back(100 + i);
      scores.push_back(static_cast<float>(-i));
    }
    const List good(items, scores);
    contract::Marks marks;
    std::vector<int64_t> other = items;
    other[static_cast<size_t>(rank)] = 7;
    const List outside(other, scores);
    EXPECT_NE(contract::catalogue(List(items, scores).row, 100 + rank), std::nullopt);
    EXPECT_NE(contract::candidates(outside.row, good.row, marks), std::nullopt) << rank;
    EXPECT_NE(contract::kept_items(outside.row, good.row, marks), std::nullopt) << rank;
    EXPECT_NE(contract::excluded(outside.row, std::vector<int64_t>{7}, marks), std::nullopt);
    EXPECT_NE(contract::allowed(outside.row, items, marks), std::nullopt) << rank;
    std::vector<float> wrong = scores;
    wrong[static_cast<size_t>(rank)] = std::numeric_limits<float>::quiet_NaN();
    EXPECT_NE(contract::numbers(List(items, wrong).row), std::nullopt) << rank;
    EXPECT_NE(contract::kept_scores(List(items, wrong).row, good.row), std::nullopt) << rank;
    wrong[static_cast<size_t>(rank)] = 1;
    EXPECT_EQ(contract::falling(List(items, wrong).row) != std::nullopt, rank > 0) << rank;
    other[static_cast<size_t>(rank)] = items[rank == 0 ? 1 : 0];
    EXPECT_NE(contract::distinct(List(other, scores).row, marks), std::nullopt) << rank;
  }
}

TEST(Rules, HoldForAListOfPaddingAlone) {
  const List none({-1, -1}, {kPad, kPad}), given({1, 2}, {2, 1});
  contract::Marks marks;
  EXPECT_EQ(contract::padding(none.row), std::nullopt);
  EXPECT_EQ(contract::numbers(none.row), std::nullopt);
  EXPECT_EQ(contract::catalogue(none.row, 0), std::nullopt);
  EXPECT_EQ(contract::distinct(none.row, marks), std::nullopt);
  EXPECT_EQ(contract::falling(none.row), std::nullopt);
  EXPECT_EQ(contract::candidates(none.row, given.row, marks), std::nullopt);
  EXPECT_EQ(contract::kept_scores(none.row, given.row), std::nullopt);
  EXPECT_EQ(contract::kept_items(none.row, given.row, marks),
            "lost item 1 (it was at rank 0); expected all 2 candidates back");
}

}  // namespace
}  // namespace assay::testing
