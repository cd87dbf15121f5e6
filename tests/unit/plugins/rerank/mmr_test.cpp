#include <ATen/TensorOperators.h>
#include <assay/extra/similarity/item_similarity.h>
#include <gmock/gmock.h>

#include "logged_data.h"
#include "rerank/mmr/maximal_marginal_relevance.h"
#include "shipped_plugin.h"

namespace assay::test {
namespace {

using namespace extra;
using namespace mmr;

using testing::ElementsAre;

/// A recall strategy that is nothing but item vectors.
class WithVectors : public RecallStrategy, private VectorModel {
 public:
  explicit WithVectors(at::Tensor vectors) : vectors_(std::move(vectors)) {}
  void fit(const TrainingView&, FitContext&) override {}
  CandidateBatch recall(const RequestBatch&, int64_t, const ServeContext&) const override {
    return {};
  }
  void save(Archive&) const override {}
  void load(const Archive&, const LoadContext&) override {}
  const VectorModel* vectors() const override { return vectors_.defined() ? this : nullptr; }
  at::Tensor item_vectors() const override { return vectors_; }
  at::Tensor query_vectors(const RequestBatch&, const ServeContext&) const override { return {}; }

 private:
  at::Tensor vectors_;
};

struct Fitted {
  std::unique_ptr<RerankStrategy> strategy;
  Inputs inputs;

  CandidateBatch rerank(const CandidateBatch& candidates, int64_t n) const {
    const RequestBatch requests = requests_of(Lists(static_cast<size_t>(candidates.size())));
    return strategy->rerank(requests, candidates, n, tiny_serve());
  }
};

Fitted fitted(const ParamMap& params, const TrainingView& data, const at::Tensor& vectors = {}) {
  Fitted result{make_rerank("mmr", params), {}};
  if (vectors.defined()) result.inputs.add("model", std::make_shared<WithVectors>(vectors));
  TinyLabelled none;
  TinyFit fit(data.features, &result.inputs);
  result.strategy->fit(data, none, fit);
  return result;
}

std::string refusal(const ParamMap& params, const TrainingView& data,
                    const at::Tensor& vectors = {}) {
  try {
    fitted(params, data, vectors);
  } catch (const InvalidInput& error) {
    return error.what();
  }
  return "nothing was refused";
}

ParamMap by_vectors(double lambda) {
  return {{"lambda", lambda},
          {"similarity", std::string("vectors")},
          {"relevance", std::string("raw")}};
}

struct OracleCase {
  std::vector<double> relevance;
  at::Tensor vectors;
  double lambda;
  std::vector<int64_t> order;
  std::vector<double> objective;
};

std::vector<OracleCase> oracle_cases() {
  std::vector<OracleCase> cases;
  const nlohmann::json reference = oracle("rerank.json");
  for (const nlohmann::json& one : reference["cases"]) {
    for (const auto& [name, expected] : one["expected"].items()) {
      if (name.rfind("mmr_", 0) != 0) continue;
      cases.push_back({one["relevance"], matrix(one["vectors"].get<Numbers>(), at::kDouble),
                       std::stod(name.substr(4)), expected["order"], expected["objective"]});
    }
  }
  return cases;
}

// Candidates in the order of their relevance, as a ranker would hand them over.
CandidateBatch ranked(const std::vector<double>& relevance) {
  std::vector<int64_t> items(relevance.size());
  std::iota(items.begin(), items.end(), 0);
  std::stable_sort(items.begin(), items.end(),
                   [&](int64_t a, int64_t b) { return relevance[a] > relevance[b]; });
  std::vector<double> scores;
  for (const int64_t item : items) scores.push_back(relevance[item]);
  return candidates_of({items}, {scores});
}

TEST(Mmr, PicksTheReferenceOrderWithItsObjective) {
  const std::vector<OracleCase> cases = oracle_cases();
  ASSERT_GE(cases.size(), 15u);
  for (const OracleCase& one : cases) {
    std::vector<int64_t> items(one.relevance.size());
    std::iota(items.begin(), items.end(), 0);
    std::vector<int64_t> place(one.order.size());
    std::vector<double> objective(one.order.size());
    const auto similarity = ItemSimilarity::of_vectors(one.vectors);
    pick_by_marginal_relevance(items, one.relevance, one.lambda, *similarity->for_candidates(),
                               place, objective);
    EXPECT_EQ(place, one.order) << "lambda " << one.lambda;
    EXPECT_THAT(objective, testing::Pointwise(testing::DoubleNear(1e-9), one.objective));
  }
}

TEST(Mmr, ServesTheReferenceOrderAsAPlugin) {
  for (const OracleCase& one : oracle_cases()) {
    const Fitted mmr =
        fitted(by_vectors(one.lambda), training_of(Lists{{0}}, std::ssize(one.relevance)),
               one.vectors.to(at::kFloat));
    const CandidateBatch served = mmr.rerank(ranked(one.relevance), std::ssize(one.order));
    EXPECT_EQ(lists(served.item)[0], one.order) << "lambda " << one.lambda;
  }
}

TEST(Mmr, TensorOperationsPickWhatTheLoopPicks) {
  for (const OracleCase& one : oracle_cases()) {
    const CandidateBatch candidates = ranked(one.relevance);
    const at::Tensor unit = unit_rows(one.vectors).index_select(0, candidates.item[0]).unsqueeze(0);
    const at::Tensor place = places_by_marginal_relevance(
        candidates.item, candidates.score.to(at::kDouble), unit, one.lambda, std::ssize(one.order));
    EXPECT_EQ(lists(candidates.item.gather(1, place))[0], one.order) << "lambda " << one.lambda;
  }
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
    const Fitted mmr =
        fitted({{"lambda", 1.0}, {"relevance", relevance}}, training_of({{0, 1, 2, 3, 4, 5}}, 6));
    const CandidateBatch served = mmr.rerank(given, 3);
    EXPECT_TRUE(served.item.equal(given.item)) << relevance;
    EXPECT_TRUE(served.score.equal(given.score)) << relevance;
  }
}

TEST(Mmr, LambdaZeroLooksAtDissimilarityAlone) {
  // Users like 0 and 1 together, 2 and 3 together.
  const Fitted mmr = fitted({{"lambda", 0.0}}, training_of({{0, 1}, {0, 1}, {2, 3}}, 4));
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
      const Fitted mmr = fitted({{"lambda", lambda}, {"relevance", relevance}},
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
  const Fitted mmr = fitted({{"lambda", 0.4}}, training_of({{0, 1}, {0, 1}, {2}}, 3));
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
    const Fitted mmr = fitted(
        {{"lambda", 0.3}, {"similarity", std::string("feature")}, {"feature", feature}}, data);
    return lists(mmr.rerank(given, 4).item)[0];
  };
  EXPECT_THAT(order("genre"), ElementsAre(0, 2, 3, 1));
  EXPECT_THAT(order("tags"), ElementsAre(0, 1, 3, 2));
  EXPECT_THAT(order("cover"), ElementsAre(0, 1, 3, 2));
}

TEST(Mmr, ServesTheSameAfterSaveAndLoad) {
  const Fitted mmr = fitted({{"lambda", 0.4}}, training_of({{0, 1}, {0, 1}, {2}}, 3));
  const auto loaded = copied_rerank(*mmr.strategy, "mmr", {{"lambda", 0.4}});
  const CandidateBatch given = candidates_of({{0, 1, 2}}, {{9, 8, 7}});
  EXPECT_TRUE(loaded->rerank(requests_of({{}}), given, 2, tiny_serve())
                  .item.equal(mmr.rerank(given, 2).item));
}

TEST(Mmr, ServesEmptyShortAndNoRequests) {
  const Fitted mmr = fitted({}, training_of({{0, 1}, {2}}, 3));
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
  const Fitted mmr = fitted({{"lambda", 0.5}, {"relevance", std::string("minmax")}},
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
  Fitted mmr{make_rerank("mmr", by_vectors(0.5)), {}};
  mmr.inputs.add("model", std::make_shared<WithVectors>(at::Tensor()));
  TinyLabelled none;
  TinyFit fit(&no_features(), &mmr.inputs);
  EXPECT_THROW(mmr.strategy->fit(training_of(Lists{{0}}, 1), none, fit), InvalidInput);
}

}  // namespace
}  // namespace assay::test
