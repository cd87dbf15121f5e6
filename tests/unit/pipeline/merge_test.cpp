#include "pipeline/merge.h"

#include <ATen/ops/isfinite.h>
#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "pipeline/stage_failure.h"
#include "unit/pipeline/batches.h"

namespace assay::testing {
namespace {

using enum task::MergeMethod;

constexpr float kPad = kMinusInfinity;

task::MergeSpec reciprocal(int64_t k = 0) { return {reciprocal_rank, {{"k0", 60}}, k}; }

CandidateBatch merged(const std::vector<CandidateBatch>& sources, const task::MergeSpec& merge) {
  return pipeline::merger(merge.method)(sources, merge);
}

TEST(ReciprocalRank, AddsTheReciprocalsOfTheRanks) {
  const auto list =
      merged({batch({{1, 2}}, {{9, 8}}), batch({{2, 3}}, {{0.5, 0.4}})}, reciprocal());
  EXPECT_TRUE(list.item.equal(at::tensor({2, 1, 3, -1}, at::kLong).view({1, 4})));
  EXPECT_FLOAT_EQ(list.score[0][0].item<float>(), 1.f / 62 + 1.f / 61);
  EXPECT_FLOAT_EQ(list.score[0][1].item<float>(), 1.f / 61);
  EXPECT_FLOAT_EQ(list.score[0][2].item<float>(), 1.f / 62);
  EXPECT_EQ(list.score[0][3].item<float>(), kPad);
}

TEST(ReciprocalRank, BreaksTiesByTheSmallerItem) {
  const auto list = merged({batch({{7}}, {{1}}), batch({{3}}, {{1}})}, reciprocal());
  EXPECT_TRUE(list.item.equal(at::tensor({3, 7}, at::kLong).view({1, 2})));
}

TEST(ReciprocalRank, KeepsTheScoreOfEachSourceAndNaNWhereItIsSilent) {
  const auto list =
      merged({batch({{1, 2}}, {{9, 8}}), batch({{2, 3}}, {{0.5, 0.4}})}, reciprocal());
  const at::Tensor& source = *list.source_score;
  EXPECT_EQ(source.sizes(), (std::vector<int64_t>{1, 4, 2}));
  EXPECT_EQ(source[0][0][0].item<float>(), 8.f);
  EXPECT_EQ(source[0][0][1].item<float>(), 0.5f);
  EXPECT_TRUE(std::isnan(source[0][1][1].item<float>()));
  EXPECT_TRUE(std::isnan(source[0][3][0].item<float>()));
}

TEST(ReciprocalRank, WeighsItsSourcesAndCutsAtK) {
  task::MergeSpec merge = reciprocal(1);
  merge.params["weights"] = {1.0, 3.0};
  const auto list = merged({batch({{1}}, {{1}}), batch({{2}}, {{1}})}, merge);
  EXPECT_TRUE(list.item.equal(at::tensor({2}, at::kLong).view({1, 1})));
}

TEST(ReciprocalRank, AnEmptySourceChangesNothing) {
  const auto list =
      merged({batch({{-1, -1}}, {{kPad, kPad}}), batch({{4, 2}}, {{1, 0}})}, reciprocal(2));
  EXPECT_TRUE(list.item.equal(at::tensor({4, 2}, at::kLong).view({1, 2})));
}

// Source 0 brings 1 2 3, source 1 brings 2 4.
std::vector<CandidateBatch> two_sources() {
  return {batch({{1, 2, 3}}, {{9, 8, 5}}), batch({{2, 4, -1}}, {{0.5, 0.1, kPad}})};
}

at::Tensor ids(const std::vector<int64_t>& row) {
  return at::tensor(row, at::kLong).view({1, static_cast<int64_t>(row.size())});
}

TEST(WeightedScore, AddsScoresBetweenTheWorstAndTheBestOfEachSource) {
  const auto list = merged(two_sources(), {weighted_score, {{"normalise", "minmax"}}, 0});
  EXPECT_TRUE(list.item.equal(ids({2, 1, 3, 4, -1, -1})));
  EXPECT_FLOAT_EQ(list.score[0][0].item<float>(), 0.75f + 1);
  EXPECT_FLOAT_EQ(list.score[0][1].item<float>(), 1);
  EXPECT_FLOAT_EQ(list.score[0][3].item<float>(), 0);
  EXPECT_EQ((*list.source_score)[0][0][0].item<float>(), 8.f);
}

TEST(WeightedScore, WeighsItsSourcesAndTakesScoresAsTheyAreWhereAsked) {
  task::MergeSpec merge{weighted_score, {{"normalise", "none"}, {"weights", {1.0, 100.0}}}, 3};
  const auto list = merged(two_sources(), merge);
  EXPECT_TRUE(list.item.equal(ids({2, 4, 1})));
  EXPECT_FLOAT_EQ(list.score[0][0].item<float>(), 58);
  EXPECT_FLOAT_EQ(list.score[0][1].item<float>(), 10);
}

TEST(WeightedScore, StandardisesByMeanAndDeviation) {
  const auto list = merged({batch({{1, 2}}, {{3, 1}}), batch({{5}}, {{7}})},
                           {weighted_score, {{"normalise", "z"}}, 0});
  EXPECT_TRUE(list.item.equal(ids({1, 5, 2})));
  EXPECT_FLOAT_EQ(list.score[0][0].item<float>(), 1);
  EXPECT_FLOAT_EQ(list.score[0][1].item<float>(), 0);
  EXPECT_FLOAT_EQ(list.score[0][2].item<float>(), -1);
}

TEST(WeightedScore, EqualScoresOfASourceCountAsItsBest) {
  const auto list =
      merged({batch({{1, 2}}, {{3, 3}})}, {weighted_score, {{"normalise", "minmax"}}, 0});
  EXPECT_FLOAT_EQ(list.score[0][1].item<float>(), 1);
}

constexpr double kLargest = std::numeric_limits<float>::max();

TEST(WeightedScore, TakesTheLargestScoresThereAre) {
  const std::vector<CandidateBatch> sources = {batch({{1, 2, 3}}, {{kLargest, 0, -kLargest}}),
                                               batch({{2, 4}}, {{kLargest, kLargest}})};
  const auto minmax = merged(sources, {weighted_score, {{"normalise", "minmax"}}, 4});
  EXPECT_TRUE(minmax.item.equal(ids({2, 1, 4, 3})));
  EXPECT_TRUE(minmax.score.equal(at::tensor({1.5F, 1.F, 1.F, 0.F}).view({1, 4})));
  const auto z = merged(sources, {weighted_score, {{"normalise", "z"}}, 4});
  EXPECT_TRUE(z.item.equal(ids({1, 2, 4, 3})));
  EXPECT_TRUE(z.score.isfinite().all().item<bool>());
}

TEST(WeightedScore, ASumThat32BitsDoNotHoldFailsTheMerge) {
  const std::vector<CandidateBatch> sources = {batch({{1, 2}}, {{kLargest, 1}}),
                                               batch({{1, 4}}, {{kLargest, 1}})};
  try {
    merged(sources, {weighted_score, {{"normalise", "none"}}, 0});
    FAIL() << "an infinite score was handed on";
  } catch (const pipeline::StageFailure& failure) {
    EXPECT_EQ(failure.kind, task::FailureKind::contract);
    EXPECT_EQ(failure.reason,
              "the merged score of item 1 is 6.80565e+38, which 32 bits do not hold; take "
              "merge.params.normalise: minmax or z, or smaller weights");
  }
}

TEST(RoundRobin, SourcesTakeTurnsAndSkipWhatIsThere) {
  const auto list = merged(two_sources(), {round_robin, {}, 0});
  EXPECT_TRUE(list.item.equal(ids({1, 2, 3, 4, -1, -1})))
      << "1 of source 0, 2 of source 1, then 3 for 2 is there, then 4; got ";
  EXPECT_FLOAT_EQ(list.score[0][1].item<float>(), 0.5f);
  EXPECT_EQ((*list.source_score)[0][1][0].item<float>(), 8.f) << "also of source 0";
  EXPECT_TRUE(merged(two_sources(), {round_robin, {}, 3}).item.equal(ids({1, 2, 3})));
}

TEST(RoundRobin, AnEmptySourceHasNoTurn) {
  const auto list =
      merged({batch({{-1, -1}}, {{kPad, kPad}}), batch({{4, 2}}, {{1, 0}})}, {round_robin, {}, 0});
  EXPECT_TRUE(list.item.equal(ids({4, 2, -1, -1})));
}

TEST(Quota, ASourceBringsAtMostItsQuota) {
  const auto list = merged(two_sources(), {quota, {{"quotas", {1, 2}}}, 0});
  EXPECT_TRUE(list.item.equal(ids({1, 2, 4})));
  EXPECT_TRUE(merged(two_sources(), {quota, {{"quotas", {1, 2}}}, 2}).item.equal(ids({1, 2})));
}

TEST(Quota, WhatASourceLacksIsNotMadeUpForByOthers) {
  const auto list = merged(two_sources(), {quota, {{"quotas", {1, 4}}}, 0});
  EXPECT_TRUE(list.item.equal(ids({1, 2, 4, -1, -1})));
}

TEST(SingleSource, IsHandedOnWithItsScores) {
  const auto list = pipeline::with_source_score(batch({{4, -1}}, {{0.5, kPad}}));
  EXPECT_EQ((*list.source_score)[0][0][0].item<float>(), 0.5f);
  EXPECT_TRUE(std::isnan((*list.source_score)[0][1][0].item<float>()));
}

}  // namespace
}  // namespace assay::testing
