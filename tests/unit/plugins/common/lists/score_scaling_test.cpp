#include <ATen/CPUGeneratorImpl.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/rand.h>
#include <assay/extra/lists/score_scaling.h>
#include <gmock/gmock.h>

#include <cmath>
#include <vector>

#include "tiny_data.h"

namespace assay::test {
namespace {

using namespace extra;
using testing::DoubleNear;
using testing::ElementsAre;
using testing::IsEmpty;

std::vector<double> scaled(std::vector<double> scores, Scaling how) {
  scale(scores, how);
  return scores;
}

TEST(ScoreScaling, LeavesScoresOrBringsThemToARangeADeviationOrARank) {
  const std::vector<double> scores = {4, 1, 2, 1};
  EXPECT_EQ(scaled(scores, Scaling::raw), scores);
  EXPECT_THAT(scaled(scores, Scaling::minmax), ElementsAre(1, 0, DoubleNear(1.0 / 3, 1e-12), 0));
  const double deviation = std::sqrt(1.5);
  EXPECT_THAT(scaled(scores, Scaling::z),
              ElementsAre(DoubleNear(2 / deviation, 1e-12), DoubleNear(-1 / deviation, 1e-12), 0,
                          DoubleNear(-1 / deviation, 1e-12)));
  EXPECT_THAT(scaled(scores, Scaling::rank), ElementsAre(1, 0.5, 0.75, 0.5));
}

TEST(ScoreScaling, EqualScoresAreBestOrAverage) {
  EXPECT_THAT(scaled({3, 3}, Scaling::minmax), ElementsAre(1, 1));
  EXPECT_THAT(scaled({3, 3}, Scaling::z), ElementsAre(0, 0));
  EXPECT_THAT(scaled({3, 3}, Scaling::rank), ElementsAre(1, 1));
  EXPECT_THAT(scaled({}, Scaling::z), IsEmpty());
}

TEST(ScoreScaling, ATensorHasTheBitsOfItsRows) {
  const at::Tensor scores =
      at::rand({5, 33}, at::detail::createCPUGenerator(1), at::kDouble) * 7 - 3;
  const Numbers tensor = numbers(between_worst_and_best(scores, at::ones_like(scores, at::kBool)));
  const Numbers rows = numbers(scores);
  for (size_t r = 0; r < rows.size(); ++r) EXPECT_EQ(tensor[r], scaled(rows[r], Scaling::minmax));
}

TEST(ScoreScaling, WhatIsUnknownDoesNotCount) {
  const at::Tensor scores = matrix({{5, kNaN, 1, 3}, {kNone, 2, 2, kNone}}, at::kDouble);
  const Numbers scaled = numbers(between_worst_and_best(scores, scores.isfinite()));
  EXPECT_THAT(scaled[0], ElementsAre(1, testing::_, 0, 0.5));
  EXPECT_THAT(scaled[1], ElementsAre(testing::_, 1, 1, testing::_));
}

}  // namespace
}  // namespace assay::test
