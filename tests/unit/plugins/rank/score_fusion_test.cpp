#include <ATen/ops/isfinite.h>
#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "shipped_plugin.h"
#include "tiny_data.h"

namespace assay::test {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;

// Items 4, 2, 9, 7; the first source brought 4, 2, 9, the second 9, 7.
CandidateBatch candidates() {
  CandidateBatch batch = candidates_of({{4, 2, 9, 7}}, {{4, 3, 2, 1}});
  batch.source_score = matrix({{10, kNaN}, {6, kNaN}, {2, 100}, {kNaN, 50}}).unsqueeze(0);
  return batch;
}

CandidateBatch fused(const ParamMap& params, const CandidateBatch& batch = candidates()) {
  const RequestBatch requests = requests_of(Lists(static_cast<size_t>(batch.size())));
  return make_rank("score_fusion", params)->rank(requests, batch, tiny_serve());
}

TEST(ScoreFusion, AddsWhatEachSourceSaysBetweenItsWorstAndItsBest) {
  const CandidateBatch ranked = fused({});
  EXPECT_THAT(lists(ranked.item), ElementsAre(ElementsAre(4, 9, 2, 7)));
  EXPECT_THAT(numbers(ranked.score)[0], ElementsAre(1, 1, 0.5, 0));
  EXPECT_EQ(numbers((*ranked.source_score)[0])[1], (std::vector<double>{2, 100}));
}

TEST(ScoreFusion, MnzMultipliesByHowManySourcesAgree) {
  const CandidateBatch ranked = fused({{"method", std::string("mnz")}});
  EXPECT_THAT(lists(ranked.item), ElementsAre(ElementsAre(9, 4, 2, 7)));
  EXPECT_THAT(numbers(ranked.score)[0], ElementsAre(2, 1, 0.5, 0));
}

TEST(ScoreFusion, WeighsItsSources) {
  const ParamMap params = {{"weights", std::vector<double>{1, 3}},
                           {"normalise", std::string("raw")}};
  EXPECT_THAT(numbers(fused(params).score)[0], ElementsAre(302, 150, 10, 6));
}

TEST(ScoreFusion, NormalisesByPlaceAndByDeviation) {
  EXPECT_THAT(numbers(fused({{"normalise", std::string("rank")}}).score)[0],
              ElementsAre(DoubleNear(1 + 1.0 / 3, 1e-6), 1, DoubleNear(2.0 / 3, 1e-6), 0.5));
  const double z = 4 / std::sqrt(32.0 / 3);
  EXPECT_THAT(numbers(fused({{"normalise", std::string("z")}}).score)[0],
              ElementsAre(DoubleNear(z, 1e-6), 0, DoubleNear(1 - z, 1e-6), -1));
}

TEST(ScoreFusion, EqualScoresOfASourceCountAsBestOrAsAverage) {
  CandidateBatch equal = candidates_of({{3, 1}}, {{5, 5}});
  EXPECT_THAT(numbers(fused({}, equal).score)[0], ElementsAre(1, 1));
  EXPECT_THAT(numbers(fused({{"normalise", std::string("z")}}, equal).score)[0], ElementsAre(0, 0));
  EXPECT_THAT(numbers(fused({{"normalise", std::string("rank")}}, equal).score)[0],
              ElementsAre(1, 1));
}

TEST(ScoreFusion, TakesTheLargestScoresThereAre) {
  constexpr double kLargest = std::numeric_limits<float>::max();
  CandidateBatch large = candidates_of({{0, 1, 2}}, {{3, 2, 1}});
  large.source_score =
      matrix({{kLargest, kLargest}, {0, kNaN}, {-kLargest, -kLargest}}).unsqueeze(0);
  for (const char* how : {"minmax", "z", "rank"}) {
    const CandidateBatch ranked = fused({{"normalise", std::string(how)}}, large);
    // By rank, the worst of three and of two (1/3 + 1/2) is better than the middle of three (2/3).
    const bool by_rank = how == std::string("rank");
    EXPECT_THAT(lists(ranked.item),
                ElementsAre(by_rank ? ElementsAre(0, 2, 1) : ElementsAre(0, 1, 2)))
        << how;
    EXPECT_TRUE(ranked.score.isfinite().all().item<bool>()) << how;
  }
  try {
    fused({{"normalise", std::string("raw")}}, large);
    FAIL() << "an infinite score was served";
  } catch (const InvalidInput& error) {
    EXPECT_STREQ(error.what(),
                 "score_fusion: the fused score of item 0 is 6.80565e+38, which 32 bits do not "
                 "hold; set normalise to minmax, z or rank, or smaller weights.");
  }
}

TEST(ScoreFusion, ServesPaddingEmptyAndNoRequests) {
  const CandidateBatch padded =
      fused({}, candidates_of({{1, -1}, {-1, -1}}, {{3, kNone}, {kNone, kNone}}));
  EXPECT_THAT(lists(padded.item), ElementsAre(ElementsAre(1, -1), ElementsAre(-1, -1)));
  EXPECT_THAT(numbers(padded.score)[1], ElementsAre(kNone, kNone));
  EXPECT_EQ(
      fused({}, {.item = at::zeros({0, 4}, at::kLong), .score = at::zeros({0, 4})}).item.size(0),
      0);
}

TEST(ScoreFusion, RefusesWeightsForOtherSources) {
  TinyLabelled labelled({}, {"recall[0]", "recall[1]"});
  TinyFit fit;
  const auto fusion = make_rank("score_fusion", {{"weights", std::vector<double>{1, 2, 3}}});
  try {
    fusion->fit(training_of(Lists{{0}}, 1), labelled, fit);
    FAIL() << "three weights for two sources";
  } catch (const InvalidInput& problem) {
    EXPECT_STREQ(problem.what(),
                 "score_fusion: weights has 3 numbers for 2 recall sources; give one for each, or "
                 "none.");
  }
}

}  // namespace
}  // namespace assay::test
