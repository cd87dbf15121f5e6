#include <gmock/gmock.h>

#include <cmath>

#include "rerank/calibrated/calibration.h"
#include "rerank/fitted_reranker.h"

namespace assay::test {
namespace {

using testing::ElementsAre;

TEST(Calibrated, PicksTheReferenceOrderWithItsObjective) {
  const std::vector<RerankCase> cases = rerank_cases("calibrated_");
  ASSERT_GE(cases.size(), 10u);
  for (const RerankCase& one : cases) {
    const extra::ItemCategories categories(
        FeatureTable{std::ssize(one.relevance), {one.categories}}, "calibrated", "");
    std::vector<int64_t> place(one.order().size());
    std::vector<double> objective(place.size());
    calibrated::pick_calibrated(one.items(), one.relevance, categories, one.wanted,
                                std::stod(one.setting), place, objective);
    EXPECT_EQ(place, one.order()) << one.setting;
    EXPECT_THAT(objective, testing::Pointwise(testing::DoubleNear(1e-9), one.objective()));
  }
}

// Items 0 to 5 are dramas, 6 to 8 comedies, 9 is neither.
const Features& genres() {
  static const Features made = [] {
    Features all;
    all.item = {10,
                {{.name = "genre",
                  .type = FeatureType::category,
                  .values = at::tensor(std::vector<int>{0, 0, 0, 0, 0, 0, 1, 1, 1, -1}, at::kInt),
                  .cardinality = 2,
                  .labels = {"Drama", "Comedy"}}}};
    return all;
  }();
  return made;
}

std::vector<int64_t> served(double lambda, const std::vector<int64_t>& history, int64_t n,
                            const Lists& training = {{0}}) {
  const FittedReranker calibrated =
      fitted_reranker("calibrated", {{"lambda", lambda}}, training_of(training, 10, &genres()));
  RequestBatch requests = requests_of({history});
  requests.excluded = ragged({{}});
  return lists(
      calibrated
          .rerank(requests,
                  candidates_of({{0, 1, 2, 3, 4, 5, 6, 7, 8}}, {{9, 8, 7, 6, 5, 4, 3, 2, 1}}), n)
          .item)[0];
}

TEST(Calibrated, ServesCategoriesInTheSharesOfTheHistory) {
  // Two thirds are dramas.
  std::vector<int64_t> slate = served(1, {0, 1, 6}, 6);
  EXPECT_EQ(std::ranges::count_if(slate, [](int64_t item) { return item >= 6; }), 2);
  slate = served(1, {6, 7, 0}, 3);
  EXPECT_EQ(std::ranges::count_if(slate, [](int64_t item) { return item >= 6; }), 2);
}

TEST(Calibrated, LambdaZeroKeepsTheOrder) {
  EXPECT_THAT(served(0, {6, 7, 8}, 4), ElementsAre(0, 1, 2, 3));
}

TEST(Calibrated, WithoutAHistoryAllUsersTogetherSayWhatIsWanted) {
  EXPECT_EQ(served(1, {}, 1, {{6}, {7}, {0}})[0], 6);
  EXPECT_EQ(served(1, {}, 1, {{6}, {1}, {0}})[0], 0);
}

TEST(Calibrated, WithoutAnyCategoryNothingIsWanted) {
  EXPECT_THAT(served(0.5, {9}, 3, {{9}}), ElementsAre(0, 1, 2));
}

TEST(Calibrated, ItemsWithoutCategoriesLeaveTheSharesAsTheyAre) {
  const FittedReranker calibrated =
      fitted_reranker("calibrated", {{"lambda", 0.99}}, training_of(Lists{{0}}, 10, &genres()));
  RequestBatch requests = requests_of({{0, 6}});
  requests.excluded = ragged({{}});
  // Beside a drama and a comedy the item without a category diverges less than a second drama.
  EXPECT_THAT(
      lists(calibrated.rerank(requests, candidates_of({{1, 7, 2, 9}}, {{4, 3, 2, 1}}), 4).item),
      ElementsAre(ElementsAre(1, 7, 9, 2)));
}

}  // namespace
}  // namespace assay::test
