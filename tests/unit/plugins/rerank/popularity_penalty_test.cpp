#include <gmock/gmock.h>

#include <cmath>

#include "shipped_plugin.h"
#include "tiny_data.h"

namespace assay::test {
namespace {

using testing::ElementsAre;

// Users per item: 0 has 3, 1 has 1, 2 none.
TrainingView data() { return training_of({{0, 1}, {0}, {0}}, 3); }

std::unique_ptr<RerankStrategy> fitted(double penalty) {
  auto strategy =
      make_rerank("popularity_penalty", {{"penalty", penalty}, {"relevance", std::string("raw")}});
  TinyLabelled none;
  TinyFit fit;
  strategy->fit(data(), none, fit);
  return strategy;
}

Lists served(const RerankStrategy& strategy, const CandidateBatch& batch, int64_t n) {
  const RequestBatch requests = requests_of(Lists(static_cast<size_t>(batch.size())));
  return lists(strategy.rerank(requests, batch, n, tiny_serve()).item);
}

TEST(PopularityPenalty, LowersCandidatesByTheLogarithmOfTheirPopularity) {
  const CandidateBatch batch = candidates_of({{0, 1, 2}}, {{1.0, 0.8, 0.4}});
  // Item 0 loses the penalty, item 1 half of it, item 2 nothing.
  EXPECT_THAT(served(*fitted(0), batch, 3), ElementsAre(ElementsAre(0, 1, 2)));
  EXPECT_THAT(served(*fitted(0.5), batch, 3), ElementsAre(ElementsAre(1, 0, 2)));
  EXPECT_THAT(served(*fitted(0.7), batch, 3), ElementsAre(ElementsAre(1, 2, 0)));
  EXPECT_THAT(served(*fitted(1.0), batch, 2), ElementsAre(ElementsAre(2, 1)));
}

TEST(PopularityPenalty, KeepsTheScoresThatCandidatesCameWith) {
  const CandidateBatch batch = candidates_of({{0, 2}}, {{1.0, 0.5}});
  const CandidateBatch reranked = fitted(1)->rerank(requests_of({{}}), batch, 2, tiny_serve());
  EXPECT_THAT(numbers(reranked.score), ElementsAre(ElementsAre(0.5, 1.0)));
}

TEST(PopularityPenalty, ServesShortListsAndNoRequests) {
  EXPECT_THAT(
      served(*fitted(1), candidates_of({{1, -1}, {-1, -1}}, {{3, kNone}, {kNone, kNone}}), 3),
      ElementsAre(ElementsAre(1, -1, -1), ElementsAre(-1, -1, -1)));
  EXPECT_TRUE(
      served(*fitted(1), {.item = at::zeros({0, 4}, at::kLong), .score = at::zeros({0, 4})}, 2)
          .empty());
}

TEST(PopularityPenalty, ServesTheSameAfterSaveAndLoad) {
  const auto before = fitted(0.7);
  const auto after = copied_rerank(*before, "popularity_penalty",
                                   {{"penalty", 0.7}, {"relevance", std::string("raw")}});
  const CandidateBatch batch = candidates_of({{0, 1, 2}}, {{1.0, 0.8, 0.4}});
  EXPECT_EQ(served(*before, batch, 3), served(*after, batch, 3));
}

}  // namespace
}  // namespace assay::test
