#include "metrics/pair_distance.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "error/error.h"
#include "metrics/item_sets.h"
#include "unit/metrics/oracle_world.h"

namespace assay::metrics {
namespace {

using testing::BeyondAccuracyOracle;
using testing::case_named;
using testing::Json;
using testing::Lists;
using testing::lists_of;
using testing::numbers;
using testing::oracle;
using testing::padded;
using testing::ragged;
using testing::vector_feature;
using testing::World;

struct IntraListOracle : BeyondAccuracyOracle {};

TEST_F(IntraListOracle, IntraListDistanceOfEveryUserAgrees) {
  expect_users("intra_list_distance{distance=jaccard,of=genre}",
               "ild_jaccard__lists_below_2_skipped");
  expect_users("intra_list_distance{distance=hamming,of=genre}",
               "ild_hamming_count__lists_below_2_skipped");
  expect_users("intra_list_distance{distance=cosine,of=image}",
               "ild_cosine__lists_below_2_skipped");
}

TEST(CooccurrenceDistance, AgreesWithTheRecommendersFixture) {
  const Json one = case_named(oracle("ranking_metrics_small"), "recommenders_diversity_fixture");
  Lists by_user(3), lists(3);
  for (const Json& row : one["input"]["train"])
    by_user[row[0].get<size_t>() - 1].push_back(row[1].get<int64_t>() - 1);
  for (const Json& row : one["input"]["reco_user_item_relevance"]) {
    lists[row[0].get<size_t>() - 1].push_back(row[1].get<int64_t>() - 1);
  }
  World world(by_user, 5);
  const MetricPass pass({{metric_catalog::parse_metric("intra_list_distance").id, 2},
                         {metric_catalog::parse_metric("novelty").id, 2}},
                        world.data());
  const at::Tensor values = pass.exact_values(padded(lists), ragged(Lists(3)));
  const auto expected = one["expected"]["user_diversity"].get<std::vector<double>>();
  EXPECT_THAT(numbers(values[0]), ::testing::Pointwise(::testing::DoubleNear(1e-9), expected));
  double novelty = 0;
  for (const double value : numbers(values[1])) novelty += value / 3;
  EXPECT_NEAR(novelty, one["expected"]["novelty"].get<double>(), 1e-9);
}

TEST(CosineDistance, AgreesWithTheRecommendersFixture) {
  const Json one = case_named(oracle("ranking_metrics_small"), "recommenders_diversity_fixture");
  World world(Lists(3), 5);
  Json rows;
  for (int i = 1; i <= 5; ++i)
    rows[std::to_string(i - 1)] = one["input"]["features"][std::to_string(i)];
  world.features.item.columns.push_back(vector_feature("genre", rows));
  const std::string id =
      metric_catalog::parse_metric("intra_list_distance{distance=cosine,of=genre}").id;
  const at::Tensor values = MetricPass({{id, 2}}, world.data())
                                .exact_values(padded({{2, 4}, {1, 4}, {0, 1}}), ragged(Lists(3)));
  double mean = 0;
  for (const double value : numbers(values[0])) mean += value / 3;
  EXPECT_NEAR(mean, one["expected"]["diversity_features"].get<double>(), 1e-9);
}

// The plain way: every pair of every prefix.
double plain_distance(const std::vector<int64_t>& list, int64_t cutoff, const Lists& sets,
                      bool cooccurrence) {
  double sum = 0, pairs = 0;
  const size_t n = std::min(list.size(), static_cast<size_t>(cutoff));
  for (size_t a = 0; a < n; ++a) {
    for (size_t b = a + 1; b < n; ++b) {
      const auto &x = sets[list[a]], &y = sets[list[b]];
      std::vector<int64_t> both;
      std::set_intersection(x.begin(), x.end(), y.begin(), y.end(), std::back_inserter(both));
      const double common = static_cast<double>(both.size()),
                   product = static_cast<double>(x.size() * y.size());
      const double all = static_cast<double>(x.size() + y.size()) - common;
      if (cooccurrence)
        sum += product > 0 ? 1 - common / std::sqrt(product) : 1;
      else
        sum += 1 - common / all;
      ++pairs;
    }
  }
  return sum / pairs;
}

TEST_F(IntraListOracle, CooccurrenceDistanceIsThatOfEveryPairAtEveryCutoff) {
  const Lists given = lists_of(inputs["lists"]);
  Lists users(50);
  const Lists train = lists_of(inputs["train"]);
  for (size_t u = 0; u < train.size(); ++u) {
    for (const int64_t item : train[u]) users[item].push_back(static_cast<int64_t>(u));
  }
  for (const int64_t cutoff : {2, 3, 5, 8, 20}) {
    const auto got = values("intra_list_distance", cutoff);
    for (size_t user = 0; user < given.size(); ++user) {
      if (given[user].size() < 2)
        EXPECT_TRUE(std::isnan(got[user]));
      else
        EXPECT_NEAR(got[user], plain_distance(given[user], cutoff, users, true), 1e-12)
            << user << "@" << cutoff;
    }
  }
}

TEST(IntraListDistance, ItemsWithoutAFeatureAreNoPartOfAPair) {
  World world({{0, 1}}, 4);
  world.features.item.columns.push_back({.name = "genre",
                                         .type = FeatureType::set,
                                         .sets = ragged({{0}, {}, {0, 1}, {1}}),
                                         .cardinality = 2});
  world.features.item.columns.push_back(
      vector_feature("image", Json{{"0", {1, 0}}, {"1", {0, 0}}, {"2", {0, 2}}, {"3", {1, 1}}}));
  const auto run = [&](const std::string& definition, const Lists& lists) {
    return numbers(MetricPass({{metric_catalog::parse_metric(definition).id, 3}}, world.data())
                       .exact_values(padded(lists, 3), ragged(Lists(lists.size())))[0]);
  };
  const auto jaccard =
      run("intra_list_distance{distance=jaccard,of=genre}", {{0, 1, 2}, {0, 1}, {1}, {}});
  EXPECT_DOUBLE_EQ(jaccard[0], 0.5);
  for (size_t i = 1; i < 4; ++i) EXPECT_TRUE(std::isnan(jaccard[i])) << i;
  const auto zero =
      run("intra_list_distance{distance=jaccard,of=genre,single=zero}", {{0, 1}, {1}, {}});
  EXPECT_EQ(zero[0], 0);
  EXPECT_TRUE(std::isnan(zero[1]));
  EXPECT_TRUE(std::isnan(zero[2]));
  EXPECT_DOUBLE_EQ(run("intra_list_distance{distance=cosine,of=image}", {{0, 1, 2}})[0], 1);
}

TEST(IntraListDistance, AWrongFeatureIsTheUsersProblem) {
  World world({{0, 1}}, 2);
  world.features.item.columns.push_back({.name = "year", .type = FeatureType::number});
  const auto problem = [&](const std::string& definition) -> std::string {
    try {
      MetricPass({{metric_catalog::parse_metric(definition).id, 3}}, world.data());
    } catch (const error::UserError& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(problem("intra_list_distance{distance=jaccard,of=yeer}"),
            "intra_list_distance{distance=jaccard,of=yeer}: the data have no item feature "
            "\"yeer\"; did you mean \"year\"?");
  EXPECT_EQ(problem("intra_list_distance{distance=jaccard,of=year}"),
            "intra_list_distance{distance=jaccard,of=year}: year is a number feature; jaccard "
            "compares a set feature");
}

TEST(ItemSets, ListsAndBitsCountTheSame) {
  Lists sets;  // of every size from nothing to everything
  for (int64_t i = 0; i < 60; ++i) {
    sets.emplace_back();
    for (int64_t v = i % 7; v < 2000; v += 1 + i * i) sets.back().push_back(v);
  }
  sets.emplace_back();
  const ItemSets made(ragged(sets), 2000);
  for (size_t a = 0; a < sets.size(); ++a) {
    for (size_t b = 0; b < sets.size(); ++b) {
      std::vector<int64_t> both;
      std::set_intersection(sets[a].begin(), sets[a].end(), sets[b].begin(), sets[b].end(),
                            std::back_inserter(both));
      EXPECT_EQ(made.common(static_cast<int64_t>(a), static_cast<int64_t>(b)),
                static_cast<int64_t>(both.size()));
    }
  }
}

}  // namespace
}  // namespace assay::metrics
