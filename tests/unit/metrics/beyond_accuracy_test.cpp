/// Novelty, popularity, intra-list distance and exposure counts against the oracle.

#include <ATen/ops/equal.h>
#include <ATen/ops/zeros.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "error/error.h"
#include "metrics/exposure_counts.h"
#include "metrics/item_sets.h"
#include "metrics/item_values.h"
#include "metrics/metric_pass.h"
#include "task/metric_definition.h"
#include "unit/metrics/lists.h"

namespace assay {
namespace {

using testing::case_named;
using testing::Json;
using testing::Lists;
using testing::lists_of;
using testing::numbers;
using testing::oracle;
using testing::padded;
using testing::ragged;

// The training window of the oracle, as the host hands it over.
struct World {
  explicit World(const Lists& by_user, int64_t items) {
    training.users = static_cast<int64_t>(by_user.size());
    training.items = items;
    training.by_user = ragged(by_user);
    Lists users(static_cast<size_t>(items));
    std::vector<int> seen;
    for (size_t u = 0; u < by_user.size(); ++u) {
      for (const int64_t item : by_user[u])
        users[static_cast<size_t>(item)].push_back(static_cast<int64_t>(u));
      seen.push_back(!by_user[u].empty());
    }
    training.by_item = ragged(users);
    training.user_seen = at::tensor(seen, at::kInt).to(at::kBool);
    training.features = &features;
    features.item.rows = items;
  }
  std::shared_ptr<MetricData> data() const {
    return std::make_shared<MetricData>(MetricData::of(training));
  }

  Features features;
  TrainingView training;
};

// In double precision, which the oracle's three decimals need; the host's are float32 and computed
// with in the same way.
Feature vector_feature(const std::string& name, const Json& rows) {
  Feature feature{.name = name, .type = FeatureType::vector};
  std::vector<double> flat;
  int64_t width = 0;
  for (size_t i = 0; i < rows.size(); ++i) {
    const auto row = rows[std::to_string(i)].get<std::vector<double>>();
    flat.insert(flat.end(), row.begin(), row.end());
    width = static_cast<int64_t>(row.size());
  }
  feature.values = at::tensor(flat, at::kDouble).view({-1, width});
  return feature;
}

struct Oracle : ::testing::Test {
  Oracle()
      : file(oracle("beyond_accuracy")),
        inputs(case_named(file, "inputs")),
        world(lists_of(inputs["train"]), inputs["n_items"]),
        lists(padded(lists_of(inputs["lists"]))) {
    world.features.item.columns.push_back({.name = "genre",
                                           .type = FeatureType::set,
                                           .sets = ragged(lists_of(inputs["categories"])),
                                           .cardinality = inputs["n_categories"]});
    world.features.item.columns.push_back(vector_feature("image", inputs["vectors"]));
  }

  std::vector<double> values(const std::string& definition, int64_t cutoff = 8) const {
    MetricBatch batch{.items = lists, .truth = ragged(lists_of(inputs["relevant"]))};
    batch.context.history = ragged(lists_of(inputs["train"]));
    return numbers(
        MetricPass({{parse_metric(definition).id, cutoff}}, world.data()).exact_values(batch)[0]);
  }

  // Each user against the oracle; those it does not have must have no value.
  void expect_users(const std::string& definition, const std::string& name) {
    const Json expected = case_named(file, "expected_per_user")["values"][name];
    ASSERT_FALSE(expected.is_null()) << name;
    const auto got = values(definition);
    for (size_t user = 0; user < got.size(); ++user) {
      const auto found = expected.find(std::to_string(user));
      if (found == expected.end() || found->is_null() || found->is_string()) {
        EXPECT_TRUE(std::isnan(got[user])) << definition << " user " << user;
      } else {
        EXPECT_NEAR(got[user], found->get<double>(),
                    1e-9 * std::max(1.0, std::abs(found->get<double>())))
            << definition << " user " << user;
      }
    }
  }

  void expect_mean(const std::string& definition, const std::string& name) {
    double sum = 0, count = 0;
    for (const double value : values(definition)) {
      if (std::isnan(value)) continue;
      sum += value;
      ++count;
    }
    EXPECT_NEAR(sum / count, case_named(file, "expected")["values"][name].get<double>(), 1e-9)
        << definition;
  }

  Json file, inputs;
  World world;
  at::Tensor lists;
};

TEST_F(Oracle, NoveltyAndPopularityOfEveryUserAgree) {
  expect_users("novelty", "novelty_share_bits__unseen_items_skipped__user_mean");
  expect_users("novelty{unseen=add_one}", "novelty_share_bits__add_one__user_mean");
  expect_users("novelty{share=users}", "miuf__unseen_items_skipped__user_mean");
  expect_users("novelty{share=users,unseen=add_one}", "miuf__add_one__user_mean");
  expect_users("average_popularity", "average_popularity__user_mean");
}

TEST_F(Oracle, IntraListDistanceOfEveryUserAgrees) {
  expect_users("intra_list_distance{distance=jaccard,of=genre}",
               "ild_jaccard__lists_below_2_skipped");
  expect_users("intra_list_distance{distance=hamming,of=genre}",
               "ild_hamming_count__lists_below_2_skipped");
  expect_users("intra_list_distance{distance=cosine,of=image}",
               "ild_cosine__lists_below_2_skipped");
}

TEST_F(Oracle, MeansAgree) {
  expect_mean("intra_list_distance{distance=cosine,of=image,single=zero}",
              "ild_cosine__lists_below_2_as_zero");
  expect_mean("intra_list_distance{distance=jaccard,of=genre,single=zero}",
              "ild_jaccard__lists_below_2_as_zero");
  expect_mean("intra_list_distance{distance=hamming,of=genre,single=zero}",
              "ild_hamming_count__lists_below_2_as_zero");
  expect_mean("novelty", "novelty_share_bits__unseen_items_skipped__user_mean");
}

TEST_F(Oracle, WhatTheHistoryAndTheTruthAskForAgrees) {
  expect_users("unexpectedness", "unexpectedness_cooccurrence__user_mean");
  expect_users("serendipity", "serendipity_cooccurrence__user_mean");
  expect_users("serendipity{surprise=rank_dense}",
               "serendipity_rank_difference__dense_popularity_rank__user_mean");
  expect_users("serendipity{surprise=rank_unique}",
               "serendipity_rank_difference__unique_popularity_rank__user_mean");
  expect_users("serendipity{surprise=not_popular}", "serendipity_vs_popularity_list__user_mean");
}

TEST_F(Oracle, CategoriesAndCalibrationAgree) {
  expect_users("category_coverage{of=genre}", "category_coverage__user_mean");
  expect_users("miscalibration{of=genre}", "calibration_kl__uniform_weights");
  expect_users("miscalibration{of=genre,weights=1/log2(r+1)}",
               "calibration_kl__list_weights_1_over_log2_r_plus_1");
  expect_mean("intra_list_distance{distance=hamming_share,of=genre}",
              "ild_hamming_fraction__lists_below_2_skipped");
}

TEST_F(Oracle, TheTailIsWhatIsNotInTheHead) {
  expect_users("long_tail_share", "long_tail_share__user_mean");
}

TEST_F(Oracle, ListQualityCountsPlacesAndItemsOfTheHistory) {
  const auto short_list = values("short_list"), unfilled = values("unfilled");
  EXPECT_EQ(short_list[3], 1);
  EXPECT_DOUBLE_EQ(unfilled[3], 3.0 / 8);
  EXPECT_EQ(short_list[0], 0);
  EXPECT_EQ(unfilled[0], 0);
  EXPECT_EQ(values("user_coverage")[19], 1);
  const Lists given = lists_of(inputs["lists"]), train = lists_of(inputs["train"]);
  const auto repeats = values("repeats");
  for (size_t u = 0; u < given.size(); ++u) {
    double had = 0;
    for (const int64_t item : given[u])
      had += std::find(train[u].begin(), train[u].end(), item) != train[u].end();
    EXPECT_DOUBLE_EQ(repeats[u], had / static_cast<double>(given[u].size()));
  }
}

// Items 0 and 1 are had by two and one of three users, item 2 by none: 4 pairs with item 3's.
TEST(Popularity, ComplementDiscoveryAndLiftFollowTheirFormulas) {
  World world({{0, 1}, {0}, {3}}, 4);
  MetricBatch batch{.items = padded({{1, 0, 2}}), .truth = ragged({{0}})};
  batch.context.history = ragged({{3, 3}});
  const auto value = [&](const std::string& metric) {
    return numbers(MetricPass({{parse_metric(metric).id, 3}}, world.data()).exact_values(batch))[0];
  };
  const double second = 1 / std::log2(3.0), third = 0.5;
  EXPECT_NEAR(value("epc"), (2.0 / 3 + 1.0 / 3 + 1) / 3, 1e-12);
  EXPECT_NEAR(value("epc{weights=1/log2(r+1),relevance=yes}"), second / 3 / (1 + second + third),
              1e-12);
  EXPECT_NEAR(value("efd"), (2 + 1) / 2.0, 1e-12);
  EXPECT_NEAR(value("popularity_lift"), 1.0 / 1 - 1, 1e-12);
}

TEST(Categories, EntropySubtopicsAndAlphaFollowTheirFormulas) {
  World world({{0, 1}}, 4);
  world.features.item.columns.push_back({.name = "genre",
                                         .type = FeatureType::set,
                                         .sets = ragged({{0}, {0, 1}, {1, 2}, {}}),
                                         .cardinality = 3});
  MetricBatch batch{.items = padded({{0, 3, 1}, {3, -1, -1}}), .truth = ragged({{0, 1, 2}, {3}})};
  const auto values = [&](const std::string& metric) {
    return numbers(MetricPass({{parse_metric(metric).id, 3}}, world.data()).exact_values(batch));
  };
  EXPECT_NEAR(values("category_entropy{of=genre}")[0],
              -(0.75 * std::log2(0.75) + 0.25 * std::log2(0.25)), 1e-12);
  EXPECT_NEAR(values("subtopic_recall{of=genre}")[0], 2.0 / 3, 1e-12);
  // Served: item 0 adds 1 at rank 1, item 1 adds 0.5 + 1 at rank 3. Best: item 1 (or 2) adds 2, the
  // other 0.5 + 1, item 0 then 0.5.
  const double ideal = 2 + 1.5 / std::log2(3.0) + 0.5 / 2;
  EXPECT_NEAR(values("alpha_ndcg{of=genre}")[0], (1 + 1.5 / 2) / ideal, 1e-12);
  for (const char* metric : {"category_entropy{of=genre}", "subtopic_recall{of=genre}",
                             "alpha_ndcg{of=genre}", "category_coverage{of=genre}"}) {
    EXPECT_TRUE(std::isnan(values(metric)[1])) << metric;
  }
}

TEST_F(Oracle, JensenShannonIsSymmetricAndBounded) {
  for (const double value : values("miscalibration{of=genre,measure=js}")) {
    EXPECT_GE(value, -1e-12);
    EXPECT_LE(value, std::log(2.0) + 1e-12);
  }
  World world({{0}}, 2);
  world.features.item.columns.push_back(
      {.name = "genre", .type = FeatureType::set, .sets = ragged({{0}, {1}}), .cardinality = 2});
  MetricBatch batch{.items = padded({{0}, {1}}), .truth = ragged(Lists(2))};
  batch.context.history = ragged({{0}, {0}});
  const auto got = numbers(
      MetricPass({{parse_metric("miscalibration{of=genre,measure=js}").id, 1}}, world.data())
          .exact_values(batch));
  EXPECT_NEAR(got[0], 0, 1e-12);
  EXPECT_NEAR(got[1], std::log(2.0), 1e-12);
}

TEST(ListMetrics, AFeatureWithoutCategoriesIsTheUsersProblem) {
  World world({{0, 1}}, 2);
  world.features.item.columns.push_back({.name = "year", .type = FeatureType::number});
  try {
    MetricPass({{parse_metric("category_entropy{of=year}").id, 3}}, world.data());
    FAIL();
  } catch (const UserError& error) {
    EXPECT_STREQ(error.what(),
                 "category_entropy{of=year}: year has no categories; name a feature of type "
                 "category or set");
  }
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
  const MetricPass pass(
      {{parse_metric("intra_list_distance").id, 2}, {parse_metric("novelty").id, 2}}, world.data());
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
  const std::string id = parse_metric("intra_list_distance{distance=cosine,of=genre}").id;
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

TEST_F(Oracle, CooccurrenceDistanceIsThatOfEveryPairAtEveryCutoff) {
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
    return numbers(MetricPass({{parse_metric(definition).id, 3}}, world.data())
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
      MetricPass({{parse_metric(definition).id, 3}}, world.data());
    } catch (const UserError& error) {
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

TEST(ItemMeans, UnseenItemsAreLeftOutAndAListOfThemHasNoValue) {
  World world({{0, 1}, {0}}, 4);
  const MetricPass pass(
      {{parse_metric("novelty").id, 3}, {parse_metric("average_popularity").id, 3}}, world.data());
  const at::Tensor values = pass.exact_values(padded({{0, 3}, {3, 2}, {}}, 3), ragged(Lists(3)));
  EXPECT_NEAR(numbers(values[0])[0], std::log2(3.0 / 2), 1e-12);
  EXPECT_TRUE(std::isnan(numbers(values[0])[1]));
  EXPECT_TRUE(std::isnan(numbers(values[0])[2]));
  EXPECT_DOUBLE_EQ(numbers(values[1])[0], 1);
  EXPECT_DOUBLE_EQ(numbers(values[1])[1], 0);
  EXPECT_TRUE(std::isnan(numbers(values[1])[2]));
}

TEST_F(Oracle, ExposureCountsAddUpOverBatchesAndCutoffs) {
  ExposureCounts counts(50, {8, 1});
  counts.add(lists.slice(0, 0, 13));
  counts.add(lists.slice(0, 13));
  at::Tensor expected = at::zeros({50}, at::kInt), first = at::zeros({50}, at::kInt);
  for (const auto& list : lists_of(inputs["lists"])) {
    for (const int64_t item : list) expected[item] += 1;
    first[list[0]] += 1;
  }
  EXPECT_TRUE(at::equal(counts.counts(8), expected));
  EXPECT_TRUE(at::equal(counts.counts(1), first));
  EXPECT_THROW(counts.counts(5), std::out_of_range);
}

TEST(ExposureCounts, AnItemBeyondTheCatalogueIsOurBug) {
  ExposureCounts counts(3, {2});
  EXPECT_THROW(counts.add(padded({{3}})), InternalError);
}

TEST(MetricPass, KnowsEveryDefinitionOfTheTableThatHasOneValueARequest) {
  World world({{0, 1}}, 2);
  world.features.item.columns.push_back(
      {.name = "genre", .type = FeatureType::set, .sets = ragged(Lists(2)), .cardinality = 1});
  for (const MetricInfo& info : metric_table()) {
    if (!info.per_request) continue;
    EXPECT_NO_THROW(MetricPass({{parse_metric(example_of(info)).id, 5}}, world.data()))
        << info.name;
  }
  for (const std::string_view definition : item_mean_definitions())
    EXPECT_EQ(parse_metric(definition).id, definition);
  EXPECT_THROW(MetricPass({{"gini{catalogue=all}", 5}}, world.data()), InternalError);
  EXPECT_THROW(MetricPass({{"recall", 5}}, world.data()), InternalError);
}

}  // namespace
}  // namespace assay
