#include <gmock/gmock.h>

#include <cmath>

#include "shipped_plugin.h"
#include "tiny_data.h"

namespace assay::test {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;

// Users per item: 0 has 3, 1 has 2, 2 has 2, 3 has 1, 4 none; items per user: 2, 3, 1, 2.
TrainingView data() { return training_of({{0, 1}, {0, 1, 2}, {0}, {2, 3}}, 5); }

ParamMap params(double alpha, double beta, int64_t neighbours = 0, bool normalise = false) {
  return {{"alpha", alpha}, {"beta", beta}, {"neighbours", neighbours}, {"normalise", normalise}};
}

std::vector<double> scores_of(const std::string& name, const ParamMap& params, int64_t past) {
  const auto strategy = make_recall(name, params);
  const CandidateBatch best = recalled(*strategy, data(), requests_of({{past}}), 4);
  std::vector<double> by_item(5, 0);
  for (int64_t n = 0; n < 4; ++n) by_item[lists(best.item)[0][n]] = numbers(best.score)[0][n];
  return by_item;
}

// From 0: a third to each of its users, of whom 0 and 1 go on to 1 with 1/2 and 1/3, 1 to 2.
TEST(P3Alpha, ScoresAreProbabilitiesOfWalks) {
  const ParamMap all = {{"neighbours", int64_t{0}}};
  EXPECT_THAT(scores_of("p3_alpha", all, 0),
              ElementsAre(0, DoubleNear(5.0 / 18, 1e-7), DoubleNear(1.0 / 9, 1e-7), 0, 0));
  EXPECT_THAT(scores_of("p3_alpha", all, 1),
              ElementsAre(DoubleNear(5.0 / 12, 1e-7), 0, DoubleNear(1.0 / 6, 1e-7), 0, 0));
}

TEST(P3Alpha, RaisesTheProbabilityOfEachStepToThePower) {
  EXPECT_THAT(scores_of("p3_alpha", {{"alpha", 0.5}, {"neighbours", int64_t{0}}}, 0)[1],
              DoubleNear(std::sqrt(1.0 / 6) + std::sqrt(1.0 / 9), 1e-7));
}

TEST(Rp3Beta, DividesByThePopularityOfTheTargetToThePower) {
  EXPECT_THAT(scores_of("rp3_beta", params(1, 1), 0),
              ElementsAre(0, DoubleNear(5.0 / 36, 1e-7), DoubleNear(1.0 / 18, 1e-7), 0, 0));
  EXPECT_THAT(scores_of("rp3_beta", params(1, 0.5), 1)[0],
              DoubleNear(5.0 / 12 / std::sqrt(3), 1e-7));
}

TEST(Rp3Beta, WithoutAPenaltyIsP3Alpha) {
  EXPECT_EQ(scores_of("rp3_beta", params(0.7, 0, 1), 0),
            scores_of("p3_alpha", {{"alpha", 0.7}, {"neighbours", int64_t{1}}}, 0));
}

TEST(Rp3Beta, KeepsTheLargestWeightsOfEachItemOfTheHistory) {
  EXPECT_THAT(scores_of("rp3_beta", params(1, 0, 1), 0),
              ElementsAre(0, DoubleNear(5.0 / 18, 1e-7), 0, 0, 0));
}

TEST(Rp3Beta, NormalisedWeightsOfAnItemAddUpToOne) {
  EXPECT_THAT(scores_of("rp3_beta", params(1, 0, 0, true), 0),
              ElementsAre(0, DoubleNear(5.0 / 7, 1e-7), DoubleNear(2.0 / 7, 1e-7), 0, 0));
}

// User 0 took item 0 three times and 1 once: from 1 to 0 with 3/4, from 0 to 1 with 1/4.
TEST(Rp3Beta, RepeatsMakeAStepMoreProbable) {
  const TrainingView repeated = training_of({{0, 0}, {0, 0}, {0, 0}, {0, 1}}, 1, 2);
  const auto strategy = make_recall("p3_alpha", {{"repeats", std::string("each")}});
  const CandidateBatch best = recalled(*strategy, repeated, requests_of({{0}, {1}}), 1);
  EXPECT_THAT(numbers(best.score), ElementsAre(ElementsAre(0.25), ElementsAre(0.75)));
}

}  // namespace
}  // namespace assay::test
