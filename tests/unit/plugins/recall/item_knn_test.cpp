#include <ATen/ops/equal.h>
#include <gmock/gmock.h>

#include <cmath>

#include "logged_data.h"
#include "shipped_plugin.h"

namespace assay::test {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;

// Users per item: 0 has 3, 1 has 2, 2 has 2, 3 has 1, 4 none. Together: 01 twice, 02 once, 12 once,
// 23 once.
TrainingView data() { return training_of({{0, 1}, {0, 1, 2}, {0}, {2, 3}}, 5); }

double cosine(double common, double a, double b, double shrinkage = 0) {
  return common / (std::sqrt(a * b) + shrinkage);
}

TEST(ItemKnn, ScoresByTheSumOfCosinesOverTheHistory) {
  const auto knn = make_recall("item_knn", {{"neighbours", int64_t{0}}});
  const CandidateBatch best = recalled(*knn, data(), requests_of({{0, 3}}), 3);
  EXPECT_THAT(lists(best.item), ElementsAre(ElementsAre(2, 1, 4)));
  EXPECT_THAT(numbers(best.score)[0],
              ElementsAre(DoubleNear(cosine(1, 3, 2) + cosine(1, 2, 1), 1e-6),
                          DoubleNear(cosine(2, 3, 2), 1e-6), 0.0));
}

TEST(ItemKnn, ShrinkageIsAddedToTheDenominator) {
  const auto knn = make_recall("item_knn", {{"neighbours", int64_t{0}}, {"shrinkage", 10.0}});
  const CandidateBatch best = recalled(*knn, data(), requests_of({{0}}), 2);
  EXPECT_THAT(lists(best.item), ElementsAre(ElementsAre(1, 2)));
  EXPECT_THAT(numbers(best.score)[0], ElementsAre(DoubleNear(cosine(2, 3, 2, 10), 1e-6),
                                                  DoubleNear(cosine(1, 3, 2, 10), 1e-6)));
}

TEST(ItemKnn, KeepsTheNeighboursOfEachTarget) {
  // Most similar to item 0 is 1, to 1 is 0, to 2 is 3, to 3 is 2: so 0 brings 1 and nothing else.
  const auto knn = make_recall("item_knn", {{"neighbours", int64_t{1}}});
  EXPECT_THAT(numbers(recalled(*knn, data(), requests_of({{0}}), 4).score)[0],
              ElementsAre(DoubleNear(cosine(2, 3, 2), 1e-6), 0, 0, 0));
}

TEST(ItemKnn, KeepsTheNeighboursOfEachSource) {
  // Item 0 shares two users with 1 and one with 2 and 3; 3 has no better source than 0, yet 0 does
  // not bring it.
  const TrainingView star = training_of({{0, 1}, {0, 1}, {0, 2}, {0, 3}}, 4);
  const auto knn = [&](const std::string& per) {
    const auto made =
        make_recall("item_knn", {{"neighbours", int64_t{1}}, {"neighbours_per", per}});
    return numbers(recalled(*made, star, requests_of({{0}}), 3).score)[0];
  };
  EXPECT_THAT(knn("source"), ElementsAre(DoubleNear(cosine(2, 4, 2), 1e-6), 0, 0));
  EXPECT_THAT(knn("target"), ElementsAre(DoubleNear(cosine(2, 4, 2), 1e-6), DoubleNear(0.5, 1e-6),
                                         DoubleNear(0.5, 1e-6)));
}

TEST(ItemKnn, CountsOfAPartGiveTheListsOfCountsMadeAnew) {
  for (const char* similarity : {"cosine", "bm25"}) {
    const ParamMap params = {{"neighbours", int64_t{2}}, {"similarity", std::string(similarity)}};
    const auto shared = make_recall("item_knn", params), alone = make_recall("item_knn", params);
    const CandidateBatch from_part = recalled(*shared, data(), requests_of({{0, 3}, {1}}), 4);
    Inputs none_kept;
    none_kept.add_part("counts", std::make_shared<Archive>());  // as of a part that is too large
    TinyFit fit(&no_features(), &none_kept);
    alone->fit(data(), fit);
    const CandidateBatch counted = alone->recall(requests_of({{0, 3}, {1}}), 4, tiny_serve());
    EXPECT_TRUE(at::equal(from_part.item, counted.item)) << similarity;
    EXPECT_TRUE(at::equal(from_part.score, counted.score)) << similarity;
  }
}

TEST(ItemKnn, ItselfTakesOnePlaceWhereAskedFor) {
  const auto knn = make_recall("item_knn", {{"neighbours", int64_t{1}}, {"include_self", true}});
  TinyFit fit;
  fit.make_counts(*knn, data());
  knn->fit(data(), fit);
  EXPECT_EQ(fit.notes["similarities"], "0");
}

TEST(ItemKnn, NeighboursThatAreEquallySimilarAreTakenBySmallerId) {
  const TrainingView star = training_of({{0, 3}, {0, 2}, {0, 1}}, 4);
  const auto knn = make_recall(
      "item_knn", {{"neighbours", int64_t{2}}, {"neighbours_per", std::string("source")}});
  const CandidateBatch best = recalled(*knn, star, requests_of({{0}}), 3);
  EXPECT_THAT(lists(best.item), ElementsAre(ElementsAre(1, 2, 3)));
  EXPECT_THAT(numbers(best.score)[0], ElementsAre(testing::Gt(0.5), testing::Gt(0.5), 0));
}

TEST(ItemKnn, ScoresThatAreEqualByMathematicsTieWhateverTheOrderOfTheHistory) {
  // Items 3 and 4 are brought by 0, 1 and 2 with the same three cosines, in another order.
  Lists users;
  const auto together = [&](int64_t a, int64_t b, int count) {
    users.insert(users.end(), count, {a, b});
  };
  together(0, 3, 1), together(1, 3, 2), together(2, 3, 4);
  together(0, 4, 2), together(1, 4, 4), together(2, 4, 1);
  for (int64_t item = 0; item < 3; ++item)
    users.insert(users.end(), 12 - (item == 0 ? 3 : item == 1 ? 6 : 5), {item});
  const TrainingView data = training_of(users, 5);
  const RequestBatch requests = requests_of({{0, 1, 2}, {2, 1, 0}, {1, 2, 0}});
  const auto knn = make_recall("item_knn", {{"neighbours", int64_t{0}}});
  for (const auto& list : lists(recalled(*knn, data, requests, 2).item))
    EXPECT_THAT(list, ElementsAre(3, 4));
  const Numbers scores = numbers(recalled(*knn, data, requests, 2).score);
  EXPECT_EQ(scores[0], scores[1]);
}

TEST(ItemKnn, ExplainsAScoreByTheItemsOfTheHistory) {
  const auto knn = make_recall("item_knn", {{"neighbours", int64_t{0}}});
  const RequestBatch requests = requests_of({{0, 3}});
  const CandidateBatch best = recalled(*knn, data(), requests, 2);  // 2, 1
  const Explanation why = *knn->explain(requests, best, tiny_serve());
  EXPECT_THAT(lists(why.row.unsqueeze(0))[0], ElementsAre(0, 0, 1));
  EXPECT_THAT(lists(why.id.unsqueeze(0))[0], ElementsAre(0, 3, 0));
  EXPECT_THAT(numbers(why.weight.unsqueeze(0))[0],
              ElementsAre(DoubleNear(cosine(1, 3, 2), 1e-6), DoubleNear(cosine(1, 2, 1), 1e-6),
                          DoubleNear(cosine(2, 3, 2), 1e-6)));
}

std::vector<double> scores_from_0(ParamMap params) {
  params["neighbours"] = int64_t{0};
  const auto knn = make_recall("item_knn", params);
  const CandidateBatch best = recalled(*knn, data(), requests_of({{0}}), 2);
  EXPECT_THAT(lists(best.item), ElementsAre(ElementsAre(1, 2)));
  return numbers(best.score)[0];
}

TEST(ItemKnn, JaccardIsTheShareOfCommonUsers) {
  const std::string jaccard = "jaccard";
  EXPECT_THAT(scores_from_0({{"similarity", jaccard}}),
              ElementsAre(DoubleNear(2.0 / 3, 1e-6), DoubleNear(1.0 / 4, 1e-6)));
  EXPECT_THAT(scores_from_0({{"similarity", jaccard}, {"shrinkage", 5.0}}),
              ElementsAre(DoubleNear(2.0 / 8, 1e-6), DoubleNear(1.0 / 9, 1e-6)));
}

TEST(ItemKnn, AsymmetricCosineHasAlphaOnTheTarget) {
  const ParamMap params = {{"similarity", std::string("asymmetric")}, {"alpha", 0.2}};
  EXPECT_THAT(scores_from_0(params)[0],
              DoubleNear(2 / (std::pow(3, 0.8) * std::pow(2, 0.2)), 1e-6));
  // From 1 to 0 it is the other way round, with and without a limit.
  for (const int64_t neighbours : {0, 3}) {
    ParamMap limited = params;
    limited["neighbours"] = neighbours;
    const auto knn = make_recall("item_knn", limited);
    EXPECT_THAT(numbers(recalled(*knn, data(), requests_of({{1}}), 1).score)[0],
                ElementsAre(DoubleNear(2 / (std::pow(2, 0.8) * std::pow(3, 0.2)), 1e-6)));
  }
}

// Users 0, 1, 2 of item 0 have 2, 3 and 1 of the 5 items; 0 and 1 have item 1, 1 has item 2, with user
// 3 of 2 items.
TEST(ItemKnn, TfIdfCountsUsersOfFewItemsForMore) {
  const auto expected = [](double more) {
    const auto square = [&](double items) { return std::pow(std::log(5 / (more + items)), 2); };
    const double length = square(2) + square(3) + square(1);
    return std::vector{(square(2) + square(3)) / std::sqrt(length * (square(2) + square(3))),
                       square(3) / std::sqrt(length * (square(3) + square(2)))};
  };
  const std::string tfidf = "tfidf", plain = "log(N/df)";
  EXPECT_THAT(scores_from_0({{"similarity", tfidf}}),
              testing::Pointwise(DoubleNear(1e-6), expected(1)));
  EXPECT_THAT(scores_from_0({{"similarity", tfidf}, {"idf", plain}}),
              testing::Pointwise(DoubleNear(1e-6), expected(0)));
}

TEST(ItemKnn, Bm25DampsItemsOfManyUsers) {
  const auto z = [](double length, double items) {  // of a mean of 8 / 5 users per item
    return std::log(5 / (1 + items)) * 3 / (2 * (0.5 + 0.5 * length / 1.6) + 1);
  };
  EXPECT_THAT(scores_from_0({{"similarity", std::string("bm25")}, {"k1", 2.0}, {"b", 0.5}}),
              ElementsAre(DoubleNear(z(3, 2) * z(2, 2) + z(3, 3) * z(2, 3), 1e-6),
                          DoubleNear(z(3, 3) * z(2, 3), 1e-6)));
}

TEST(ItemKnn, NormalisedSimilaritiesOfEachTargetAddUpToOne) {
  // Neighbours of 1 are 0 and 2, of 2 are 0, 1 and 3.
  EXPECT_THAT(scores_from_0({{"normalise", true}}),
              ElementsAre(DoubleNear(cosine(2, 3, 2) / (cosine(2, 3, 2) + cosine(1, 2, 2)), 1e-6),
                          DoubleNear(cosine(1, 3, 2) /
                                         (cosine(1, 3, 2) + cosine(1, 2, 2) + cosine(1, 2, 1)),
                                     1e-6)));
}

TEST(ItemKnn, RefusesAShrinkageThatTheSimilarityHasNoPlaceFor) {
  try {
    make_recall("item_knn", {{"similarity", std::string("bm25")}, {"shrinkage", 10.0}});
    FAIL() << "expected InvalidInput";
  } catch (const InvalidInput& error) {
    EXPECT_STREQ(error.what(),
                 "item_knn: shrinkage is set with similarity: bm25, which has no denominator that "
                 "it could be added to. Leave shrinkage out, or take similarity: tfidf.");
  }
}

struct Peer {
  const char* who;
  bool include_self;
  int64_t round_decimals;
  double recall, ndcg, mrr, coverage, gini;  // as printed
};

// Other frameworks on split A of MovieLens-100K at 10, with 100 neighbours per source.
TEST(ItemKnn, ReproducesTheFrameworksThatKeepNeighboursPerSource) {
  ASSAY_NEEDS_DATA(path, "movielens-100k/ml-100k.inter");
  const Split split = movielens(path, "A");
  for (const Peer& peer :
       {Peer{"own reference, not rounded", false, 0, .106045, .055450, .040392, .12723, .95240},
        Peer{"implicit, RecTools", true, 10, .10498, .05561, .04093, .12663, .95247}}) {
    const auto knn = make_recall("item_knn", {{"neighbours", int64_t{100}},
                                              {"neighbours_per", std::string("source")},
                                              {"include_self", peer.include_self},
                                              {"round_decimals", peer.round_decimals}});
    const Lists served = lists(recalled(*knn, split.train, split.requests, 10).item);
    const Quality got = quality(served, split.truth, 10, split.train.items);
    EXPECT_NEAR(got.recall, peer.recall, 5e-6) << peer.who;
    EXPECT_NEAR(got.ndcg, peer.ndcg, 5e-6) << peer.who;
    EXPECT_NEAR(got.mrr, peer.mrr, 5e-6) << peer.who;
    EXPECT_NEAR(got.coverage, peer.coverage, 5e-6) << peer.who;
    EXPECT_NEAR(got.gini, peer.gini, 3e-5) << peer.who;
  }
}

TEST(ItemKnn, ReproducesGowallaWithoutAMatrixOfAllItems) {
  ASSAY_NEEDS_DATA(train_path, "gowalla/train.txt");
  ASSAY_NEEDS_DATA(test_path, "gowalla/test.txt");
  constexpr int64_t kItems = 40981;
  const Lists train = read_user_items(train_path);
  std::vector<Event> events;
  for (size_t u = 0; u < train.size(); ++u) {
    for (const int64_t item : train[u]) events.push_back({static_cast<int64_t>(u), item});
  }
  const Split split = split_of(events, read_user_items(test_path), kItems);
  const auto knn = make_recall("item_knn", {{"neighbours", int64_t{100}}});
  const Lists served = lists(recalled(*knn, split.train, split.requests, 20).item);
  const nlohmann::json reference = oracle("models_gowalla.json");
  for (const nlohmann::json& one : reference["cases"]) {
    if (one["model"] != "itemknn_cosine" || one["params"]["neighbours"] != 100 || one["k"] != 20)
      continue;
    const Quality got = quality(served, split.truth, 20, kItems);
    EXPECT_NEAR(got.recall, one["expected"]["recall"].get<double>(), 5e-4);
    EXPECT_NEAR(got.ndcg, one["expected"]["ndcg"].get<double>(), 5e-4);
    EXPECT_NEAR(got.gini, one["expected"]["gini"].get<double>(), 1e-4);
    EXPECT_NEAR(got.coverage, one["expected"]["coverage"].get<double>(), 1e-3);
    return;
  }
  FAIL() << "the oracle has no such case";
}

}  // namespace
}  // namespace assay::test
