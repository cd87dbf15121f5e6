#include <ATen/TensorOperators.h>
#include <ATen/ops/mm.h>
#include <assay/extra/similarity/item_similarity.h>
#include <gmock/gmock.h>

#include "rerank/fitted_reranker.h"
#include "rerank/mmr/maximal_marginal_relevance.h"

namespace assay::test {
namespace {

using namespace extra;
using namespace mmr;

using testing::ElementsAre;

FittedReranker fitted(const ParamMap& params, const TrainingView& data,
                      const at::Tensor& vectors = {}) {
  return fitted_reranker("mmr", params, data, vectors);
}

std::string refusal(const ParamMap& params, const TrainingView& data,
                    const at::Tensor& vectors = {}) {
  return refusal_of("mmr", params, data, vectors);
}

ParamMap by_vectors(double lambda) {
  return {{"lambda", lambda},
          {"similarity", std::string("vectors")},
          {"relevance", std::string("raw")}};
}

double lambda_of(const RerankCase& one) { return std::stod(one.setting); }

TEST(Mmr, PicksTheReferenceOrderWithItsObjective) {
  const std::vector<RerankCase> cases = rerank_cases("mmr_");
  ASSERT_GE(cases.size(), 15u);
  for (const RerankCase& one : cases) {
    std::vector<int64_t> place(one.order().size());
    std::vector<double> objective(place.size());
    const auto similarity = ItemSimilarity::of_vectors(one.vectors);
    pick_by_marginal_relevance(one.items(), one.relevance, lambda_of(one),
                               *similarity->for_candidates(), place, objective);
    EXPECT_EQ(place, one.order()) << "lambda " << one.setting;
    EXPECT_THAT(objective, testing::Pointwise(testing::DoubleNear(1e-9), one.objective()));
  }
}

TEST(Mmr, ServesTheReferenceOrderAsAPlugin) {
  for (const RerankCase& one : rerank_cases("mmr_")) {
    const FittedReranker mmr =
        fitted(by_vectors(lambda_of(one)), training_of(Lists{{0}}, std::ssize(one.relevance)),
               one.vectors.to(at::kFloat));
    const CandidateBatch served = mmr.rerank(ranked(one.relevance), std::ssize(one.order()));
    EXPECT_EQ(lists(served.item)[0], one.order()) << "lambda " << one.setting;
  }
}

TEST(Mmr, TensorOperationsPickWhatTheLoopPicks) {
  for (const RerankCase& one : rerank_cases("mmr_")) {
    const CandidateBatch candidates = ranked(one.relevance);
    const at::Tensor unit = unit_rows(one.vectors).index_select(0, candidates.item[0]).unsqueeze(0);
    const at::Tensor place =
        places_by_marginal_relevance(candidates.item, candidates.score.to(at::kDouble), unit,
                                     lambda_of(one), std::ssize(one.order()));
    EXPECT_EQ(lists(candidates.item.gather(1, place))[0], one.order()) << one.setting;
  }
}

// The formula, every candidate beside every item above.
std::vector<int64_t> by_the_formula(const std::vector<double>& relevance, const at::Tensor& cosine,
                                    double lambda, size_t n) {
  std::vector<int64_t> placed;
  while (placed.size() < n) {
    int64_t best = -1;
    double most = 0;
    for (int64_t i = 0; i < std::ssize(relevance); ++i) {
      if (std::ranges::find(placed, i) != placed.end()) continue;
      double likest = placed.empty() ? 0 : -1;
      for (const int64_t above : placed) likest = std::max(likest, cosine[i][above].item<double>());
      const double value = lambda * relevance[i] - (1 - lambda) * likest;
      if (best < 0 || value > most) best = i, most = value;
    }
    placed.push_back(best);
  }
  return placed;
}

TEST(Mmr, LooksAtFewCandidatesAndPicksWhatTheFormulaPicks) {
  for (uint64_t seed = 0; seed < 6; ++seed) {
    const std::vector<double> relevance = random_numbers(50, seed);
    const at::Tensor vectors = random_vectors(50, 5, 100 + seed);
    const at::Tensor unit = unit_rows(vectors);
    const double lambda = 0.2 * static_cast<double>(seed);
    std::vector<int64_t> items(50), place(20);
    std::iota(items.begin(), items.end(), 0);
    pick_by_marginal_relevance(items, relevance, lambda,
                               *ItemSimilarity::of_vectors(vectors)->for_candidates(), place);
    EXPECT_EQ(place, by_the_formula(relevance, unit.mm(unit.t()), lambda, 20)) << lambda;
  }
}

TEST(Mmr, ExplainsAPlaceByTheLikestItemAbove) {
  // 0 and 1 are alike, 2 is like neither.
  const FittedReranker mmr =
      fitted(by_vectors(0.5), training_of(Lists{{0}}, 3), matrix({{1, 0}, {1, 0}, {0, 1}}));
  const CandidateBatch given = candidates_of({{0, 1, 2, -1}}, {{0.9, 0.8, 0.6}});
  EXPECT_THAT(lists(mmr.rerank(given, 3).item), ElementsAre(ElementsAre(0, 2, 1)));
  const Explanation why = mmr.why(given);
  EXPECT_THAT(numbers(why.base)[0],
              testing::Pointwise(testing::FloatNear(1e-6), {.45, .4, .3, 0.}));
  EXPECT_THAT(lists(why.row.unsqueeze(0)), ElementsAre(ElementsAre(1)));
  EXPECT_THAT(lists(why.id.unsqueeze(0)), ElementsAre(ElementsAre(0)));
  EXPECT_THAT(lists(why.kind.unsqueeze(0)), ElementsAre(ElementsAre(2)));
  EXPECT_THAT(numbers(why.weight.unsqueeze(0)), ElementsAre(ElementsAre(-0.5)));
}

TEST(Mmr, ItemsWithoutAVectorAreUnlikeAnyAndAreCounted) {
  const FittedReranker mmr = fitted(by_vectors(0.5), training_of(Lists{{0, 1, 2}}, 3),
                                    matrix({{1, 0}, {1, 0}, {kNaN, kNaN}}));
  EXPECT_THAT(lists(mmr.rerank(candidates_of({{0, 1, 2}}, {{0.9, 0.8, 0.6}}), 3).item),
              ElementsAre(ElementsAre(0, 2, 1)));
  EXPECT_EQ(mmr.notes.at("warning"),
            "1 of 3 items with events have no vector to compare by; they count as unlike any other "
            "item");
}

TEST(Mmr, TensorOperationsPadShortRows) {
  const at::Tensor item =
      at::tensor(std::vector<int64_t>{4, 2, -1, -1, -1, -1}, at::kLong).view({2, 3});
  const at::Tensor relevance = matrix({{0.9, 0.8, kNone}, {kNone, kNone, kNone}}, at::kDouble);
  const at::Tensor place =
      places_by_marginal_relevance(item, relevance, at::ones({2, 3, 1}, at::kDouble), 0.5, 4);
  EXPECT_THAT(lists(place), ElementsAre(ElementsAre(0, 1, -1, -1), ElementsAre(-1, -1, -1, -1)));
}

TEST(Mmr, LambdaOneKeepsTheOrderAndTheScoresTheyCameWith) {
  const CandidateBatch given = candidates_of({{5, 1, 3}, {2, 0, -1}}, {{9, 8, 7}, {3, 1, kNone}});
  for (const std::string relevance : {"raw", "minmax", "rank"}) {
    const FittedReranker mmr =
        fitted({{"lambda", 1.0}, {"relevance", relevance}}, training_of({{0, 1, 2, 3, 4, 5}}, 6));
    const CandidateBatch served = mmr.rerank(given, 3);
    EXPECT_TRUE(served.item.equal(given.item)) << relevance;
    EXPECT_TRUE(served.score.equal(given.score)) << relevance;
  }
}

TEST(Mmr, LambdaZeroLooksAtDissimilarityAlone) {
  // Users like 0 and 1 together, 2 and 3 together.
  const FittedReranker mmr = fitted({{"lambda", 0.0}}, training_of({{0, 1}, {0, 1}, {2, 3}}, 4));
  EXPECT_THAT(lists(mmr.rerank(candidates_of({{0, 1, 2, 3}}, {{9, 8, 7, 6}}), 4).item),
              ElementsAre(ElementsAre(0, 2, 1, 3)));
  const at::Tensor item = at::tensor(std::vector<int64_t>{0, 1, 2, -1}, at::kLong).view({1, 4});
  const at::Tensor unit = matrix({{1, 0}, {1, 0}, {0, 1}, {1, 0}}, at::kDouble).unsqueeze(0);
  const at::Tensor place =
      places_by_marginal_relevance(item, matrix({{9, 8, 7, kNone}}, at::kDouble), unit, 0, 4);
  EXPECT_THAT(lists(place), ElementsAre(ElementsAre(0, 2, 1, -1)));
}

TEST(Mmr, TakesTheLargestScoresThereAre) {
  constexpr double kLargest = std::numeric_limits<float>::max();
  for (const double lambda : {0.0, 0.7, 1.0}) {
    for (const std::string relevance : {"raw", "minmax", "rank"}) {
      const FittedReranker mmr = fitted({{"lambda", lambda}, {"relevance", relevance}},
                                        training_of({{0, 1}, {2}, {3}}, 4));
      const CandidateBatch served =
          mmr.rerank(candidates_of({{3, 1, 2, 0}}, {{kLargest, 1, 0, -kLargest}}), 4);
      EXPECT_THAT(lists(served.item)[0], testing::UnorderedElementsAre(0, 1, 2, 3));
      if (lambda == 0) continue;
      EXPECT_EQ(lists(served.item)[0][0], 3) << lambda << relevance;
    }
  }
}

TEST(Mmr, ScoresTravelWithTheirItems) {
  // Users like 0 and 1 together, 2 alone: after 0 comes 2, although 1 has the higher score.
  const FittedReranker mmr = fitted({{"lambda", 0.4}}, training_of({{0, 1}, {0, 1}, {2}}, 3));
  const CandidateBatch served = mmr.rerank(candidates_of({{0, 1, 2}}, {{9, 8, 7}}), 3);
  EXPECT_THAT(lists(served.item), ElementsAre(ElementsAre(0, 2, 1)));
  EXPECT_THAT(numbers(served.score), ElementsAre(ElementsAre(9, 7, 8)));
}

TEST(Mmr, ComparesByCategorySetAndVectorFeatures) {
  Features features;
  features.item.rows = 4;
  features.item.columns = {{.name = "genre",
                            .type = FeatureType::category,
                            .values = at::tensor(std::vector<int>{0, 0, 1, -1}, at::kInt),
                            .cardinality = 2},
                           {.name = "tags",
                            .type = FeatureType::set,
                            .sets = ragged({{0, 1}, {2}, {0, 1}, {}}),
                            .cardinality = 3},
                           {.name = "cover",
                            .type = FeatureType::vector,
                            .values = matrix({{1, 0}, {0, 1}, {2, 0.1}, {kNaN, kNaN}})}};
  const TrainingView data = training_of(Lists{{0}}, 4, &features);
  const CandidateBatch given = candidates_of({{0, 1, 2, 3}}, {{4, 3, 2, 1}});
  const auto order = [&](const std::string& feature) {
    const FittedReranker mmr = fitted(
        {{"lambda", 0.3}, {"similarity", std::string("feature")}, {"feature", feature}}, data);
    return lists(mmr.rerank(given, 4).item)[0];
  };
  EXPECT_THAT(order("genre"), ElementsAre(0, 2, 3, 1));
  EXPECT_THAT(order("tags"), ElementsAre(0, 1, 3, 2));
  EXPECT_THAT(order("cover"), ElementsAre(0, 1, 3, 2));
}

TEST(Mmr, ServesTheSameAfterSaveAndLoad) {
  const FittedReranker mmr = fitted({{"lambda", 0.4}}, training_of({{0, 1}, {0, 1}, {2}}, 3));
  const auto loaded = copied_rerank(*mmr.strategy, "mmr", {{"lambda", 0.4}});
  const CandidateBatch given = candidates_of({{0, 1, 2}}, {{9, 8, 7}});
  EXPECT_TRUE(loaded->rerank(requests_of({{}}), given, 2, tiny_serve())
                  .item.equal(mmr.rerank(given, 2).item));
}

TEST(Mmr, ServesEmptyShortAndNoRequests) {
  const FittedReranker mmr = fitted({}, training_of({{0, 1}, {2}}, 3));
  EXPECT_THAT(
      lists(mmr.rerank(candidates_of({{1, -1}, {-1, -1}}, {{3, kNone}, {kNone, kNone}}), 3).item),
      ElementsAre(ElementsAre(1, -1, -1), ElementsAre(-1, -1, -1)));
  const at::Tensor nothing = at::zeros({2, 0});
  EXPECT_THAT(lists(mmr.rerank({.item = nothing.to(at::kLong), .score = nothing}, 2).item),
              ElementsAre(ElementsAre(-1, -1), ElementsAre(-1, -1)));
  EXPECT_EQ(mmr.rerank({.item = at::zeros({0, 4}, at::kLong), .score = at::zeros({0, 4})}, 2)
                .item.size(0),
            0);
}

TEST(Mmr, WorthOfEqualScoresIsOne) {
  const FittedReranker mmr = fitted({{"lambda", 0.5}, {"relevance", std::string("minmax")}},
                                    training_of({{0, 1}, {0, 1}, {2}}, 3));
  EXPECT_THAT(lists(mmr.rerank(candidates_of({{0, 1, 2}}, {{5, 5, 5}}), 3).item),
              ElementsAre(ElementsAre(0, 2, 1)));
}

TEST(Mmr, RefusesWhatItCannotCompareBy) {
  Features features;
  features.item.rows = 1;
  features.item.columns = {{.name = "year", .values = at::ones({1})}};
  const TrainingView data = training_of(Lists{{0}}, 1, &features);
  const auto by = [](const std::string& feature) {
    return ParamMap{{"similarity", std::string("feature")}, {"feature", feature}};
  };
  EXPECT_EQ(refusal(by("year"), data),
            "items cannot be compared by the feature \"year\", which is a number; name a category, "
            "a set or a vector.");
  EXPECT_EQ(refusal(by(""), data),
            "mmr: similarity: feature needs the name of a feature; set `feature` to a category, "
            "set or vector of the items.");
  EXPECT_THAT(refusal(by("genre"), data), testing::HasSubstr("year"));
  EXPECT_THAT(refusal(by_vectors(0.5), data), testing::HasSubstr("model"));
}

TEST(Mmr, RefusesAModelWithoutVectors) {
  auto mmr = make_rerank("mmr", by_vectors(0.5));
  Inputs inputs;
  inputs.add("model", std::make_shared<WithVectors>(at::Tensor()));
  TinyLabelled none;
  TinyFit fit(&no_features(), &inputs);
  EXPECT_THROW(mmr->fit(training_of(Lists{{0}}, 1), none, fit), InvalidInput);
}

}  // namespace
}  // namespace assay::test
