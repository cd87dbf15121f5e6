#include <gmock/gmock.h>

#include <cmath>

#include "shipped_plugin.h"
#include "tiny_data.h"

namespace assay::test {
namespace {

using testing::DoubleNear;
using testing::Each;
using testing::ElementsAre;

CandidateBatch rerank(double epsilon, const CandidateBatch& candidates, int64_t n,
                      uint64_t seed = 1) {
  const RequestBatch requests = requests_of(Lists(static_cast<size_t>(candidates.size())));
  return make_rerank("epsilon_greedy", {{"epsilon", epsilon}})
      ->rerank(requests, candidates, n, tiny_serve(seed));
}

CandidateBatch repeated(const std::vector<int64_t>& items, int64_t requests) {
  CandidateBatch batch = candidates_of({items}, {std::vector<double>(items.size(), 1.0)});
  batch.item = batch.item.expand({requests, -1}).contiguous();
  batch.score = batch.score.expand({requests, -1}).contiguous();
  return batch;
}

TEST(EpsilonGreedy, DrawsEverySlateAsOftenAsItsPropensitySays) {
  constexpr int64_t kRequests = 40000;
  const CandidateBatch served = rerank(0.6, repeated({7, 3, 5}, kRequests), 3);
  std::map<std::vector<int64_t>, double> drawn, propensity;
  const Lists slates = lists(served.item);
  const Numbers chances = numbers(*served.propensity);
  for (size_t r = 0; r < slates.size(); ++r) {
    ++drawn[slates[r]];
    propensity[slates[r]] = chances[r][0] * chances[r][1] * chances[r][2];
  }
  ASSERT_EQ(drawn.size(), 6U);
  double total = 0;
  for (const auto& [slate, count] : drawn) {
    const double p = propensity[slate];
    EXPECT_NEAR(count / kRequests, p, 5 * std::sqrt(p * (1 - p) / kRequests));
    total += p;
  }
  EXPECT_NEAR(total, 1, 1e-6);
  EXPECT_NEAR((propensity[{7, 3, 5}]), 0.6 * 0.7, 1e-6);
  EXPECT_NEAR((propensity[{5, 3, 7}]), 0.2 * 0.3, 1e-6);
}

TEST(EpsilonGreedy, KeepsTheOrderAtZeroAndShufflesAtOne) {
  const CandidateBatch greedy = rerank(0, repeated({9, 8, 7}, 50), 3);
  EXPECT_THAT(lists(greedy.item), Each(ElementsAre(9, 8, 7)));
  EXPECT_THAT(numbers(*greedy.propensity), Each(ElementsAre(1, 1, 1)));
  const CandidateBatch shuffled = rerank(1, repeated({9, 8, 7}, 50), 3);
  EXPECT_THAT(numbers(*shuffled.propensity),
              Each(ElementsAre(DoubleNear(1.0 / 3, 1e-6), DoubleNear(1.0 / 2, 1e-6), 1)));
}

TEST(EpsilonGreedy, PropensitiesOfAShortSlateCountTheCandidatesLeftOut) {
  const CandidateBatch served = rerank(1, repeated({0, 1, 2, 3}, 3), 1);
  EXPECT_THAT(numbers(*served.propensity), Each(ElementsAre(0.25)));
}

TEST(EpsilonGreedy, PadsAndGivesPaddingTheChanceOne) {
  const CandidateBatch served = rerank(
      0, candidates_of({{4, 2, -1}, {-1, -1, -1}}, {{2, 1, kNone}, {kNone, kNone, kNone}}), 4);
  EXPECT_THAT(lists(served.item), ElementsAre(ElementsAre(4, 2, -1, -1), Each(-1)));
  EXPECT_THAT(numbers(*served.propensity), Each(Each(1)));
}

TEST(EpsilonGreedy, SaysHowLikelyEachCandidateIsToStandFirst) {
  const auto strategy = make_rerank("epsilon_greedy", {{"epsilon", 0.5}});
  const at::Tensor chance = *strategy->action_probability(
      requests_of({{}, {}}),
      candidates_of({{4, 2, -1}, {-1, -1, -1}}, {{2, 1, kNone}, {kNone, kNone, kNone}}),
      tiny_serve());
  EXPECT_THAT(numbers(chance), ElementsAre(ElementsAre(0.75, 0.25, 0), ElementsAre(0, 0, 0)));
}

TEST(EpsilonGreedy, WiderPaddingAndOtherBatchesChangeNoDraw) {
  const CandidateBatch narrow = candidates_of({{4, 2, 9}}, {{3, 2, 1}});
  const CandidateBatch wide = candidates_of({{4, 2, 9, -1, -1}, {1, 2, 3, 4, 5}},
                                            {{3, 2, 1, kNone, kNone}, {5, 4, 3, 2, 1}});
  for (uint64_t seed = 1; seed < 20; ++seed) {
    EXPECT_EQ(lists(rerank(0.8, narrow, 3, seed).item)[0],
              lists(rerank(0.8, wide, 3, seed).item)[0]);
  }
}

}  // namespace
}  // namespace assay::test
