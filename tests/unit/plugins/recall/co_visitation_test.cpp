#include <gmock/gmock.h>

#include <cmath>

#include "shipped_plugin.h"
#include "tiny_data.h"

namespace assay::test {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;

constexpr int64_t kDay = 86'400'000'000;

// User 0: 0 1 2 0, a day apart; user 1: 1 3 on the last day.
TrainingView data() {
  return training_of({{0, 0, 0},
                      {0, 1, kDay},
                      {0, 2, 2 * kDay},
                      {0, 0, 3 * kDay},
                      {1, 1, 3 * kDay},
                      {1, 3, 3 * kDay}},
                     2, 4);
}

std::vector<double> weights_from(int64_t item, ParamMap params) {
  params["neighbours"] = int64_t{0};
  const auto strategy = make_recall("co_visitation", params);
  RequestBatch requests = requests_of({{item}});
  const CandidateBatch best = recalled(*strategy, data(), requests, 3);
  std::vector<double> by_item(4, 0);
  for (int64_t n = 0; n < 3; ++n) by_item[lists(best.item)[0][n]] = numbers(best.score)[0][n];
  return by_item;
}

TEST(CoVisitation, CountsPairsOfEventsByTheirDistance) {
  EXPECT_THAT(weights_from(0, {}), ElementsAre(0, 1.5, 1.5, 0));
  EXPECT_THAT(weights_from(1, {}), ElementsAre(1.5, 0, 1, 1));
}

TEST(CoVisitation, ForwardSpeaksForWhatCameLaterOnly) {
  const ParamMap forward = {{"direction", std::string("forward")}};
  EXPECT_THAT(weights_from(0, forward), ElementsAre(0, 1, 0.5, 0));
  EXPECT_THAT(weights_from(2, forward), ElementsAre(1, 0, 0, 0));
}

TEST(CoVisitation, LooksNoFurtherThanTheWindowAndNotAcrossUsers) {
  EXPECT_THAT(weights_from(0, {{"window", int64_t{1}}}), ElementsAre(0, 1, 1, 0));
}

TEST(CoVisitation, WithoutADecayEveryPairCountsOnce) {
  EXPECT_THAT(weights_from(0, {{"decay", std::string("none")}}), ElementsAre(0, 2, 2, 0));
}

TEST(CoVisitation, OldStepsCountLessByTheAgeOfTheirLaterEvent) {
  const ParamMap day = {{"half_life_days", 1.0}, {"window", int64_t{1}}};
  EXPECT_THAT(weights_from(1, day),
              ElementsAre(DoubleNear(0.25, 1e-7), 0, DoubleNear(0.5, 1e-7), 1));
}

TEST(CoVisitation, EventsCountByTheWeightsOfTheirTypes) {
  const TrainingView weighted = training_of({{0, 0, 1, true, 0.5F}, {0, 1, 2, true, 3}}, 1, 2);
  const auto strategy = make_recall("co_visitation");
  EXPECT_THAT(numbers(recalled(*strategy, weighted, requests_of({{0}}), 1).score)[0],
              ElementsAre(1.5));
}

}  // namespace
}  // namespace assay::test
