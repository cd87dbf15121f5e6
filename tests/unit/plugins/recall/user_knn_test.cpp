#include <gmock/gmock.h>

#include <cmath>

#include "shipped_plugin.h"
#include "tiny_data.h"

namespace assay::test {
namespace {

using testing::DoubleNear;
using testing::Each;
using testing::ElementsAre;

// Users 0..3; user 4 has no event.
TrainingView data() { return training_of({{0, 1}, {0, 1, 2}, {0, 3}, {2, 4}, {}}, 5); }

RequestBatch asked(const Lists& histories, const std::vector<int64_t>& users) {
  RequestBatch requests = requests_of(histories);
  requests.user = at::tensor(users, at::kLong);
  return requests;
}

TEST(UserKnn, ScoresByTheSumOfTheCosinesOfUsersThatHaveTheItem) {
  const auto knn = make_recall("user_knn");
  const CandidateBatch best = recalled(*knn, data(), asked({{0, 1}}, {4}), 3);
  // Neighbours: 0 (cosine 1), 1 (2 / sqrt 6), 2 (1 / 2).
  EXPECT_THAT(lists(best.item), ElementsAre(ElementsAre(2, 3, 4)));
  EXPECT_THAT(numbers(best.score)[0],
              ElementsAre(DoubleNear(2 / std::sqrt(6.0), 1e-6), DoubleNear(0.5, 1e-6), 0));
}

TEST(UserKnn, AUserIsNoNeighbourOfItself) {
  const auto knn = make_recall("user_knn", {{"neighbours", int64_t{1}}});
  RequestBatch requests = asked({{0, 3}, {0, 3}}, {2, -1});
  requests.excluded = ragged({{}, {}});
  const Numbers scores = numbers(recalled(*knn, data(), requests, 2).score);
  EXPECT_THAT(scores[0], Each(DoubleNear(0.5, 1e-6))) << "user 0, who has 0 and 1";
  EXPECT_THAT(scores[1], Each(DoubleNear(1.0, 1e-6))) << "user 2, for anybody else";
}

TEST(UserKnn, KeepsTheNearestAndAmongEqualsTheSmallerId) {
  // Users 0 and 1 are equally near to whoever liked item 0.
  const TrainingView twins = training_of({{0, 1}, {0, 2}, {0, 1, 2, 3}}, 4);
  const auto knn = make_recall("user_knn", {{"neighbours", int64_t{1}}});
  const CandidateBatch best = recalled(*knn, twins, asked({{0}}, {-1}), 3);
  EXPECT_THAT(lists(best.item), ElementsAre(ElementsAre(1, 2, 3)));
  EXPECT_THAT(numbers(best.score)[0], ElementsAre(DoubleNear(1 / std::sqrt(2.0), 1e-6), 0, 0));
}

TEST(UserKnn, ShrinkageIsAddedToTheDenominator) {
  const auto knn = make_recall("user_knn", {{"shrinkage", 10.0}});
  const CandidateBatch best = recalled(*knn, data(), asked({{2}}, {-1}), 1);
  EXPECT_THAT(lists(best.item), ElementsAre(ElementsAre(4)));
  EXPECT_THAT(numbers(best.score)[0], ElementsAre(DoubleNear(1 / (std::sqrt(2.0) + 10), 1e-6)));
}

TEST(UserKnn, AnItemThatOccursTwiceInTheHistoryCountsOnce) {
  const auto knn = make_recall("user_knn");
  const Numbers scores =
      numbers(recalled(*knn, data(), asked({{0, 1}, {0, 1, 0}}, {-1, -1}), 3).score);
  EXPECT_EQ(scores[0], scores[1]);
}

// Of user 4, who has 0 and 1, user 1 shares two of three items in all, user 0 two of two.
TEST(UserKnn, JaccardIsTheShareOfCommonItems) {
  const auto knn = make_recall("user_knn", {{"similarity", std::string("jaccard")}});
  const CandidateBatch best = recalled(*knn, data(), asked({{0, 1}}, {4}), 2);
  EXPECT_THAT(lists(best.item), ElementsAre(ElementsAre(2, 3)));
  EXPECT_THAT(numbers(best.score)[0],
              ElementsAre(DoubleNear(2.0 / 3, 1e-6), DoubleNear(1.0 / 3, 1e-6)));
}

TEST(UserKnn, AsymmetricCosineHasAlphaOnTheUserWhoAsks) {
  const auto knn =
      make_recall("user_knn", {{"similarity", std::string("asymmetric")}, {"alpha", 0.2}});
  const CandidateBatch best = recalled(*knn, data(), asked({{0, 1}}, {4}), 1);
  EXPECT_THAT(numbers(best.score)[0],
              ElementsAre(DoubleNear(2 / (std::pow(3, 0.8) * std::pow(2, 0.2)), 1e-6)));
}

// Items 0 and 1 have 3 and 2 of the 5 users, item 2 has 2.
TEST(UserKnn, TfIdfCountsItemsOfFewUsersForMore) {
  const auto square = [](double users) { return std::pow(std::log(5 / (1 + users)), 2); };
  const double common = square(3) + square(2);
  const auto knn = make_recall("user_knn", {{"similarity", std::string("tfidf")}});
  const CandidateBatch best = recalled(*knn, data(), asked({{0, 1}}, {4}), 1);
  EXPECT_THAT(numbers(best.score)[0],
              ElementsAre(DoubleNear(common / std::sqrt(common * (common + square(2))), 1e-6)));
}

// Users have 2, 3, 2, 2 and 0 items, 9 / 5 in the mean.
TEST(UserKnn, Bm25DampsUsersOfManyItems) {
  const auto z = [](double length, double users) {
    return std::log(5 / (1 + users)) * 3 / (2 * (0.5 + 0.5 * length / 1.8) + 1);
  };
  const auto knn =
      make_recall("user_knn", {{"similarity", std::string("bm25")}, {"k1", 2.0}, {"b", 0.5}});
  const CandidateBatch best = recalled(*knn, data(), asked({{0, 1}}, {4}), 1);
  EXPECT_THAT(numbers(best.score)[0],
              ElementsAre(DoubleNear(z(2, 3) * z(3, 3) + z(2, 2) * z(3, 2), 1e-6)));
}

TEST(UserKnn, ExplainsAScoreByTheItemsThatItSharesWithItsNeighbours) {
  const auto knn = make_recall("user_knn");
  const RequestBatch requests = asked({{0, 1}}, {4});
  const CandidateBatch best = recalled(*knn, data(), requests, 2);  // 2 by user 1, 3 by user 2
  const Explanation why = *knn->explain(requests, best, tiny_serve());
  EXPECT_THAT(lists(why.row.unsqueeze(0))[0], ElementsAre(0, 0, 1));
  EXPECT_THAT(lists(why.id.unsqueeze(0))[0], ElementsAre(0, 1, 0));
  EXPECT_THAT(numbers(why.weight.unsqueeze(0))[0],
              ElementsAre(DoubleNear(1 / std::sqrt(6.0), 1e-6),
                          DoubleNear(1 / std::sqrt(6.0), 1e-6), DoubleNear(0.5, 1e-6)));
}

}  // namespace
}  // namespace assay::test
