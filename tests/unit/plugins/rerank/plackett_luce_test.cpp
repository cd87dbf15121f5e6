#include <ATen/TensorOperators.h>
#include <gmock/gmock.h>

#include <cmath>

#include "shipped_plugin.h"
#include "tiny_data.h"

namespace assay::test {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;
using testing::ElementsAreArray;

ParamMap raw(double temperature) {
  return {{"temperature", temperature}, {"relevance", std::string("raw")}};
}

CandidateBatch rerank(const ParamMap& params, const CandidateBatch& candidates, int64_t n,
                      uint64_t seed = 1) {
  const RequestBatch requests = requests_of(Lists(static_cast<size_t>(candidates.size())));
  return make_rerank("plackett_luce", params)->rerank(requests, candidates, n, tiny_serve(seed));
}

// One list of candidates, for many requests.
CandidateBatch repeated(const std::vector<int64_t>& items, const std::vector<double>& scores,
                        int64_t requests) {
  CandidateBatch batch = candidates_of({items}, {scores});
  batch.item = batch.item.expand({requests, -1}).contiguous();
  batch.score = batch.score.expand({requests, -1}).contiguous();
  return batch;
}

TEST(PlackettLuce, DrawsEverySlateAsOftenAsItsPropensitySays) {
  constexpr int64_t kRequests = 40000;
  const CandidateBatch served =
      rerank(raw(1.0), repeated({7, 3, 5}, {std::log(3.0), std::log(2.0), 0}, kRequests), 3);
  std::map<std::vector<int64_t>, double> drawn, propensity;
  const Lists slates = lists(served.item);
  const Numbers chances = numbers(*served.propensity);
  for (size_t r = 0; r < slates.size(); ++r) {
    ++drawn[slates[r]];
    propensity[slates[r]] = chances[r][0] * chances[r][1] * chances[r][2];
  }
  ASSERT_EQ(drawn.size(), 6u);
  double total = 0;
  for (const auto& [slate, count] : drawn) {
    const double p = propensity[slate];
    EXPECT_NEAR(count / kRequests, p, 5 * std::sqrt(p * (1 - p) / kRequests));
    total += p;
  }
  EXPECT_NEAR(total, 1, 1e-6);
  EXPECT_NEAR((propensity[{7, 3, 5}]), 3.0 / 6 * 2.0 / 3, 1e-6);
  EXPECT_NEAR((propensity[{5, 3, 7}]), 1.0 / 6 * 2.0 / 5, 1e-6);
}

TEST(PlackettLuce, PropensitiesOfAShortSlateCountTheCandidatesLeftOut) {
  const CandidateBatch served = rerank(raw(1.0), repeated({0, 1, 2, 3}, {0, 0, 0, 0}, 3), 2);
  for (const auto& row : numbers(*served.propensity)) {
    EXPECT_THAT(row, ElementsAre(DoubleNear(1.0 / 4, 1e-7), DoubleNear(1.0 / 3, 1e-7)));
  }
}

TEST(PlackettLuce, ScoresThatDifferByThousandsNeitherOverflowNorVanish) {
  const CandidateBatch served = rerank(raw(1.0), repeated({0, 1, 2}, {5000, 4000, -9000}, 4), 3);
  EXPECT_THAT(lists(served.item), testing::Each(ElementsAre(0, 1, 2)));
  EXPECT_THAT(numbers(*served.propensity), testing::Each(ElementsAre(1, 1, 1)));
}

TEST(PlackettLuce, TheLargestScoresThereAreGiveProbabilities) {
  constexpr double kLargest = std::numeric_limits<float>::max();
  for (const std::string relevance : {"raw", "minmax", "rank"}) {
    for (const double temperature : {1e-6, 0.1, 1e6}) {
      const ParamMap params = {{"temperature", temperature}, {"relevance", relevance}};
      const CandidateBatch given =
          candidates_of({{0, 1, 2, 3}, {4, 5, -1, -1}},
                        {{kLargest, 1e-30, 0, -kLargest}, {kLargest, kLargest, kNone, kNone}});
      const CandidateBatch served = rerank(params, given, 4);
      for (const auto& row : numbers(*served.propensity))
        EXPECT_THAT(row, testing::Each(testing::AllOf(testing::Ge(0), testing::Le(1))));
      const at::Tensor chance =
          *make_rerank("plackett_luce", params)
               ->action_probability(requests_of({{}, {}}), given, tiny_serve());
      for (const auto& row : numbers(chance)) {
        EXPECT_THAT(row, testing::Each(testing::AllOf(testing::Ge(0), testing::Le(1))));
        EXPECT_NEAR(row[0] + row[1] + row[2] + row[3], 1, 1e-6);
      }
    }
  }
}

TEST(PlackettLuce, ALowTemperatureKeepsTheOrderAndAHighOneShuffles) {
  std::vector<int64_t> items = {9, 8, 7, 6, 5};
  const std::vector<double> scores = {5, 4, 3, 2, 1};
  EXPECT_THAT(lists(rerank(raw(1e-3), repeated(items, scores, 50), 5).item),
              testing::Each(ElementsAreArray(items)));
  const CandidateBatch shuffled = rerank(raw(1e6), repeated(items, scores, 1), 5);
  EXPECT_THAT(numbers(*shuffled.propensity)[0],
              ElementsAre(DoubleNear(1.0 / 5, 1e-5), DoubleNear(1.0 / 4, 1e-5),
                          DoubleNear(1.0 / 3, 1e-5), DoubleNear(1.0 / 2, 1e-5), 1));
}

TEST(PlackettLuce, MinMaxMakesTheTemperatureIndependentOfTheScale) {
  const ParamMap params = {{"temperature", 0.3}};
  const CandidateBatch small = rerank(params, repeated({0, 1, 2}, {0.3, 0.2, 0.1}, 20), 3);
  const CandidateBatch large = rerank(params, repeated({0, 1, 2}, {3000, 2000, 1000}, 20), 3);
  EXPECT_TRUE(small.item.equal(large.item));
  EXPECT_TRUE(small.propensity->allclose(*large.propensity, 1e-5, 0));
}

TEST(PlackettLuce, PadsAndGivesPaddingTheChanceOne) {
  const CandidateBatch served =
      rerank(raw(1.0),
             candidates_of({{4, 2, -1}, {-1, -1, -1}}, {{1, 1, kNone}, {kNone, kNone, kNone}}), 4);
  const Lists items = lists(served.item);
  EXPECT_THAT(items[0], testing::UnorderedElementsAre(4, 2, -1, -1));
  EXPECT_THAT(items[1], testing::Each(-1));
  EXPECT_THAT(numbers(*served.propensity),
              ElementsAre(ElementsAre(0.5, 1, 1, 1), ElementsAre(1, 1, 1, 1)));
  EXPECT_THAT(numbers(served.score)[0], ElementsAre(1, 1, kNone, kNone));
}

TEST(PlackettLuce, WiderPaddingAndOtherBatchesChangeNoDraw) {
  const CandidateBatch narrow = candidates_of({{4, 2, 9}}, {{3, 2, 1}});
  CandidateBatch wide = candidates_of({{4, 2, 9, -1, -1}, {1, 2, 3, 4, 5}},
                                      {{3, 2, 1, kNone, kNone}, {5, 4, 3, 2, 1}});
  for (uint64_t seed = 1; seed < 20; ++seed) {
    EXPECT_EQ(lists(rerank(raw(1.0), narrow, 3, seed).item)[0],
              lists(rerank(raw(1.0), wide, 3, seed).item)[0]);
  }
}

TEST(PlackettLuce, SaysHowLikelyEachCandidateIsToStandFirst) {
  const auto strategy = make_rerank("plackett_luce", raw(2.0));
  const CandidateBatch candidates = candidates_of(
      {{4, 2, -1}, {-1, -1, -1}}, {{2 * std::log(3.0), 0, kNone}, {kNone, kNone, kNone}});
  const at::Tensor chance =
      *strategy->action_probability(requests_of({{}, {}}), candidates, tiny_serve());
  EXPECT_THAT(numbers(chance),
              ElementsAre(ElementsAre(DoubleNear(0.75, 1e-6), DoubleNear(0.25, 1e-6), 0),
                          ElementsAre(0, 0, 0)));
}

TEST(PlackettLuce, ServesNoRequestsAndNoCandidates) {
  EXPECT_EQ(rerank(raw(1.0), {.item = at::zeros({0, 4}, at::kLong), .score = at::zeros({0, 4})}, 2)
                .item.size(0),
            0);
  const CandidateBatch none =
      rerank(raw(1.0), {.item = at::zeros({2, 0}, at::kLong), .score = at::zeros({2, 0})}, 2);
  EXPECT_THAT(lists(none.item), testing::Each(ElementsAre(-1, -1)));
  EXPECT_THAT(numbers(*none.propensity), testing::Each(ElementsAre(1, 1)));
}

}  // namespace
}  // namespace assay::test
