#include <gmock/gmock.h>

#include "rerank/fitted_reranker.h"
#include "rerank/xquad/explicit_aspects.h"

namespace assay::test {
namespace {

using testing::ElementsAre;

extra::ItemCategories categories_of(const RerankCase& one) {
  return {FeatureTable{std::ssize(one.relevance), {one.categories}}, "xquad", ""};
}

TEST(Xquad, PicksTheReferenceOrderWithItsObjective) {
  const std::vector<RerankCase> cases = rerank_cases("xquad_");
  ASSERT_GE(cases.size(), 10u);
  for (const RerankCase& one : cases) {
    std::vector<int64_t> place(one.order().size());
    std::vector<double> objective(place.size());
    xquad::pick_by_aspects(one.items(), one.relevance, categories_of(one), one.wanted,
                           std::stod(one.setting), place, objective);
    EXPECT_EQ(place, one.order()) << one.setting;
    EXPECT_THAT(objective, testing::Pointwise(testing::DoubleNear(1e-9), one.objective()));
  }
}

// 0 and 1 are dramas, 2 and 3 comedies, 4 is neither.
const Features& genres() {
  static const Features made = [] {
    Features all;
    all.item = {5,
                {{.name = "genre",
                  .type = FeatureType::category,
                  .values = at::tensor(std::vector<int>{0, 0, 1, 1, -1}, at::kInt),
                  .cardinality = 2,
                  .labels = {"Drama", "Comedy"}}}};
    return all;
  }();
  return made;
}

Lists served(const ParamMap& params, const Lists& training, const Lists& histories,
             const CandidateBatch& candidates) {
  const FittedReranker xquad =
      fitted_reranker("xquad", params, training_of(training, 5, &genres()));
  return lists(xquad.rerank(requests_of(histories), candidates, candidates.width()).item);
}

TEST(Xquad, CoversWhatStandsInTheHistory) {
  const CandidateBatch given = candidates_of({{0, 1, 3, 4}}, {{4, 3, 2, 1}});
  EXPECT_THAT(served({{"lambda", 1.0}}, {{0}}, {{2}}, given), ElementsAre(ElementsAre(3, 0, 1, 4)));
  EXPECT_THAT(served({{"lambda", 0.0}}, {{0}}, {{2}}, given), ElementsAre(ElementsAre(0, 1, 3, 4)));
}

TEST(Xquad, WithoutAHistoryAllUsersTogetherSayWhatIsWanted) {
  const CandidateBatch given = candidates_of({{0, 3}}, {{2, 1}});
  EXPECT_THAT(served({{"lambda", 1.0}}, {{2}, {3}, {0}}, {{}}, given),
              ElementsAre(ElementsAre(3, 0)));
  EXPECT_THAT(served({{"lambda", 1.0}}, {{1}, {3}, {0}}, {{}}, given),
              ElementsAre(ElementsAre(0, 3)));
}

TEST(Xquad, RepeatsCountOnceOrEachTime) {
  const CandidateBatch given = candidates_of({{1, 3}}, {{1, 1}});
  RequestBatch requests = requests_of({{0, 0, 0, 2, 3}});
  requests.excluded = ragged({{}});
  const auto first = [&](const char* repeats) {
    const FittedReranker xquad =
        fitted_reranker("xquad", {{"lambda", 1.0}, {"repeats", std::string(repeats)}},
                        training_of(Lists{{0}}, 5, &genres()));
    return lists(xquad.rerank(requests, given, 1).item)[0][0];
  };
  EXPECT_EQ(first("once"), 3);
  EXPECT_EQ(first("each"), 1);
}

TEST(Xquad, RefusesDataWithoutCategories) {
  EXPECT_EQ(refusal_of("xquad", {}, training_of(Lists{{0}}, 5)),
            "xquad: items have no category or set feature; add a feature file for items.");
}

}  // namespace
}  // namespace assay::test
