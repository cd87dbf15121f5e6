#include "pipeline/unknown_rows.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <gmock/gmock.h>

#include "batches.h"

namespace assay::pipeline {
namespace {

using testing::batch;
using testing::kMinusInfinity;

TEST(UnknownRows, AreThoseWithoutAnItem) {
  const CandidateBatch lists =
      batch({{4, -1}, {-1, -1}, {2, 3}, {-1, -1}},
            {{1, kMinusInfinity}, {kMinusInfinity, kMinusInfinity}, {2, 1}, {kMinusInfinity, 0}});
  EXPECT_TRUE(unknown_rows(lists, 4).equal(at::tensor({1, 3}, at::kLong)));
  EXPECT_TRUE(unknown_rows(lists, 3).equal(at::tensor({1}, at::kLong)))
      << "what pads a batch is none";
}

TEST(UnknownRows, AreAllWhereListsHaveNoPlace) {
  const CandidateBatch lists{at::empty({2, 0}, at::kLong), at::empty({2, 0}, at::kFloat)};
  EXPECT_TRUE(unknown_rows(lists, 2).equal(at::tensor({0, 1}, at::kLong)));
}

TEST(UnknownRows, AreABatchWithAllThatWasAsked) {
  RequestBatch all = testing::requests({{1}, {2, 3}, {}});
  all.allowed = testing::ragged({{4}, {5, 6}, {7}});
  Feature place{.name = "place", .type = FeatureType::category};
  place.values = at::tensor({7, 8, 9}, at::kInt);
  Feature text{.name = "text", .type = FeatureType::text, .texts = {"a", "b", "c"}};
  all.context = {3, {place, text}};
  const RequestBatch some = chosen_requests(all, at::tensor({2, 1}, at::kLong));
  EXPECT_TRUE(some.request.equal(at::tensor({2, 1}, at::kLong)));
  EXPECT_TRUE(some.excluded.values.equal(at::tensor({2, 3}, at::kLong)));
  EXPECT_TRUE(some.allowed->values.equal(at::tensor({7, 5, 6}, at::kLong)));
  EXPECT_EQ(some.context.rows, 2);
  EXPECT_TRUE(some.context.at("place").values.equal(at::tensor({9, 8}, at::kInt)));
  EXPECT_THAT(some.context.at("text").texts, ::testing::ElementsAre("c", "b"));
}

TEST(UnknownRows, TakeTheAnswersThatMayBeWiderOrNarrower) {
  const CandidateBatch lists = batch({{4}, {-1}}, {{1}, {kMinusInfinity}});
  const CandidateBatch wide =
      with_answers(lists, at::tensor({1}, at::kLong), batch({{8, 9}}, {{3, 2}}));
  EXPECT_TRUE(wide.item.equal(at::tensor({4, -1, 8, 9}, at::kLong).view({2, 2})));
  EXPECT_TRUE(
      wide.score.equal(at::tensor({1.F, kMinusInfinity, 3.F, 2.F}, at::kFloat).view({2, 2})));
  const CandidateBatch narrow = with_answers(batch({{4, 5}, {-1, -1}}, {{2, 1}, {0, 0}}),
                                             at::tensor({1}, at::kLong), batch({{8}}, {{3}}));
  EXPECT_TRUE(narrow.item.equal(at::tensor({4, 5, 8, -1}, at::kLong).view({2, 2})));
}

}  // namespace
}  // namespace assay::pipeline
