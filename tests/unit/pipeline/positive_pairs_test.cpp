#include "pipeline/positive_pairs.h"

#include <ATen/ops/full.h>
#include <ATen/ops/tensor.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assay::pipeline {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<int64_t> row(const Ragged& rows, int64_t r) {
  const int64_t* offsets = rows.offsets.const_data_ptr<int64_t>();
  const int64_t* values = rows.values.const_data_ptr<int64_t>();
  return {values + offsets[r], values + offsets[r + 1]};
}

TrainingView view_of(std::vector<int> user, std::vector<int> item) {
  TrainingView view;
  view.user = at::tensor(user, at::kInt);
  view.item = at::tensor(item, at::kInt);
  view.positive = at::full({view.size()}, true, at::kBool);
  view.users = 4;
  view.items = 5;
  return view;
}

TEST(PositivePairs, EachPairStandsOnceAtItsFirstTime) {
  TrainingView view = view_of({1, 0, 1, 1, 0, 1, 3}, {4, 2, 0, 4, 2, 1, 4});
  group_positives(view);
  EXPECT_THAT(row(view.by_user, 0), ElementsAre(2));
  EXPECT_THAT(row(view.by_user, 1), ElementsAre(4, 0, 1));
  EXPECT_THAT(row(view.by_user, 2), IsEmpty());
  EXPECT_THAT(row(view.by_user, 3), ElementsAre(4));
  EXPECT_EQ(view.by_user.values.size(0), 5);
}

TEST(PositivePairs, TheUsersOfAnItemAscend) {
  TrainingView view = view_of({3, 1, 0, 1, 3}, {4, 4, 4, 4, 2});
  group_positives(view);
  EXPECT_THAT(row(view.by_item, 4), ElementsAre(0, 1, 3));
  EXPECT_THAT(row(view.by_item, 2), ElementsAre(3));
  EXPECT_THAT(row(view.by_item, 0), IsEmpty());
}

TEST(PositivePairs, OthersDoNotCount) {
  TrainingView view = view_of({0, 0, 0}, {1, 2, 1});
  view.positive = at::tensor(std::vector<int>{0, 1, 1}, at::kInt).to(at::kBool);
  group_positives(view);
  EXPECT_THAT(row(view.by_user, 0), ElementsAre(2, 1));
  EXPECT_EQ(view.by_item.values.size(0), 2);
}

template <typename T>
std::vector<T> entries(const std::optional<at::Tensor>& tensor) {
  const T* const first = tensor->const_data_ptr<T>();
  return {first, first + tensor->size(0)};
}

TEST(PositivePairs, RepeatsAreCountedOnBothSides) {
  TrainingView view = view_of({1, 0, 1, 1, 0, 1, 3}, {4, 2, 0, 4, 2, 4, 4});
  group_positives(view);
  EXPECT_THAT(entries<int32_t>(view.by_user.count), ElementsAre(2, 3, 1, 1));
  EXPECT_THAT(row(view.by_item, 4), ElementsAre(1, 3));
  EXPECT_THAT(entries<int32_t>(view.by_item.count), ElementsAre(1, 2, 3, 1))
      << "items 0, 2, and 4 of users 1 and 3";
  EXPECT_FALSE(view.by_user.weight);
}

TEST(PositivePairs, WithoutRepeatsThereAreNoCounts) {
  TrainingView view = view_of({1, 0, 1}, {4, 2, 0});
  group_positives(view);
  EXPECT_FALSE(view.by_user.count);
  EXPECT_FALSE(view.by_item.count);
}

TEST(PositivePairs, WeightsOfAPairAddUp) {
  TrainingView view = view_of({1, 0, 1, 1}, {4, 2, 0, 4});
  view.weight = at::tensor(std::vector<float>{0.25f, 3, 1, 2}, at::kFloat);
  group_positives(view);
  EXPECT_THAT(entries<float>(view.by_user.weight), ElementsAre(3, 2.25f, 1));
  EXPECT_THAT(entries<float>(view.by_item.weight), ElementsAre(1, 3, 2.25f));
}

TEST(PositivePairs, NothingGivesEmptyRows) {
  TrainingView view = view_of({}, {});
  group_positives(view);
  EXPECT_EQ(view.by_user.rows(), 4);
  EXPECT_EQ(view.by_item.rows(), 5);
  EXPECT_EQ(view.by_user.values.size(0), 0);
}

}  // namespace
}  // namespace assay::pipeline
