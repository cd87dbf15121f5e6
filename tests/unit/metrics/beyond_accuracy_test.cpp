/// Novelty, popularity, categories, list quality and exposure counts against the oracle.

#include <ATen/ops/equal.h>
#include <ATen/ops/zeros.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "error/error.h"
#include "metrics/exposure_counts.h"
#include "metrics/item_values.h"
#include "unit/metrics/oracle_world.h"

namespace assay::metrics {
namespace {

using testing::case_named;
using testing::Json;
using testing::Lists;
using testing::lists_of;
using testing::numbers;
using testing::padded;
using testing::ragged;

using testing::World;

struct Oracle : testing::BeyondAccuracyOracle {};

// What every definition of one value a request is called in the oracle. What is missing here is one
// value a catalogue: tests/unit/exposure.
const std::map<std::string, std::string> kOfRequests = {
    {"novelty_share_bits__unseen_items_skipped__user_mean", "novelty"},
    {"novelty_share_bits__add_one__user_mean", "novelty{unseen=add_one}"},
    {"miuf__unseen_items_skipped__user_mean", "novelty{share=users}"},
    {"miuf__add_one__user_mean", "novelty{share=users,unseen=add_one}"},
    {"average_popularity__user_mean", "average_popularity"},
    {"long_tail_share__user_mean", "long_tail_share"},
    {"ild_cosine__lists_below_2_skipped", "intra_list_distance{distance=cosine,of=image}"},
    {"ild_cosine__lists_below_2_as_zero",
     "intra_list_distance{distance=cosine,of=image,single=zero}"},
    {"ild_jaccard__lists_below_2_skipped", "intra_list_distance{distance=jaccard,of=genre}"},
    {"ild_jaccard__lists_below_2_as_zero",
     "intra_list_distance{distance=jaccard,of=genre,single=zero}"},
    {"ild_hamming_count__lists_below_2_skipped", "intra_list_distance{distance=hamming,of=genre}"},
    {"ild_hamming_count__lists_below_2_as_zero",
     "intra_list_distance{distance=hamming,of=genre,single=zero}"},
    {"ild_hamming_fraction__lists_below_2_skipped",
     "intra_list_distance{distance=hamming_share,of=genre}"},
    {"category_coverage__user_mean", "category_coverage{of=genre}"},
    {"unexpectedness_cooccurrence__user_mean", "unexpectedness"},
    {"serendipity_cooccurrence__user_mean", "serendipity"},
    {"serendipity_rank_difference__dense_popularity_rank__user_mean",
     "serendipity{surprise=rank_dense}"},
    {"serendipity_rank_difference__unique_popularity_rank__user_mean",
     "serendipity{surprise=rank_unique}"},
    {"serendipity_vs_popularity_list__user_mean", "serendipity{surprise=not_popular}"},
    {"calibration_kl__uniform_weights", "miscalibration{of=genre}"},
    {"calibration_kl__list_weights_1_over_log2_r_plus_1",
     "miscalibration{of=genre,weights=1/log2(r+1)}"}};

TEST_F(Oracle, EveryValueARequestAndEveryMeanAgrees) {
  size_t means = 0;
  const Json expected_means = case_named(file, "expected")["values"],
             by_user = case_named(file, "expected_per_user")["values"];
  for (const auto& [name, expected] : expected_means.items()) {
    const auto found = kOfRequests.find(name);
    if (found == kOfRequests.end()) continue;
    expect_mean(found->second, name);
    ++means;
  }
  EXPECT_EQ(means, kOfRequests.size());
  for (const auto& [name, expected] : by_user.items()) expect_users(kOfRequests.at(name), name);
}

TEST(Serendipity, AgreesWithTheRecommendersFixture) {
  const Json one =
      case_named(testing::oracle("ranking_metrics_small"), "recommenders_diversity_fixture");
  Lists by_user(3), lists(3), relevant(3);
  for (const Json& row : one["input"]["train"])
    by_user[row[0].get<size_t>() - 1].push_back(row[1].get<int64_t>() - 1);
  for (const Json& row : one["input"]["reco_user_item_relevance"]) {
    const auto user = row[0].get<size_t>() - 1;
    lists[user].push_back(row[1].get<int64_t>() - 1);
    if (row[2] == 1) relevant[user].push_back(row[1].get<int64_t>() - 1);
  }
  for (auto& row : relevant) std::sort(row.begin(), row.end());
  World world(by_user, 5);
  Json vectors;
  for (int i = 1; i <= 5; ++i)
    vectors[std::to_string(i - 1)] = one["input"]["features"][std::to_string(i)];
  world.features.item.columns.push_back(testing::vector_feature("image", vectors));
  MetricBatch batch{.items = padded(lists), .truth = ragged(relevant)};
  batch.context.history = ragged(by_user);
  const MetricPass pass(
      {{metric_catalog::parse_metric("serendipity").id, 2},
       {metric_catalog::parse_metric("novelty").id, 1},
       {metric_catalog::parse_metric("serendipity{surprise=cosine,of=image}").id, 2}},
      world.data());
  const auto got = numbers(pass.exact_values(batch)[0]);
  const auto expected = one["expected"]["user_serendipity"].get<std::vector<double>>();
  EXPECT_THAT(got, ::testing::Pointwise(::testing::DoubleNear(1e-9), expected));
  EXPECT_NEAR((got[0] + got[1] + got[2]) / 3, one["expected"]["serendipity"].get<double>(), 1e-9);
  const auto by_vector = numbers(pass.exact_values(batch)[2]);
  EXPECT_NEAR((by_vector[0] + by_vector[1] + by_vector[2]) / 3,
              one["expected"]["serendipity_features"].get<double>(), 1e-9);
  const auto novelty = one["expected"]["item_novelty"].get<std::vector<double>>();
  const auto first = numbers(pass.exact_values(batch)[1]);
  for (size_t user = 0; user < 3; ++user)
    EXPECT_NEAR(first[user], novelty[static_cast<size_t>(lists[user][0])], 1e-9);
}

// Catalogue i1 .. i4, users u1 .. u4; u4 is not in train.
TEST(Serendipity, AgreesWithRectoolsOfRanks) {
  const Json one = case_named(testing::oracle("ranking_metrics_small"), "rectools_serendipity");
  const auto index = [](const Json& id) { return id.get<std::string>()[1] - '1'; };
  Lists train(4), relevant(4), lists;
  for (const Json& row : one["input"]["train"]) train[index(row[0])].push_back(index(row[1]));
  for (const Json& row : one["input"]["test"]) relevant[index(row[0])].push_back(index(row[1]));
  for (const auto& [user, list] : one["input"]["lists"].items()) {
    auto& own = lists.emplace_back();
    for (const Json& item : list) own.push_back(index(item));
  }
  const World world(train, 4);
  MetricBatch batch{.items = padded(lists), .truth = ragged(relevant)};
  batch.context.history = ragged(train);
  for (const int64_t cutoff : {1, 2}) {
    const MetricPass pass(
        {{metric_catalog::parse_metric("serendipity{surprise=rank_dense}").id, cutoff}},
        world.data());
    const auto expected = one["expected"]["@" + std::to_string(cutoff)].get<std::vector<double>>();
    EXPECT_THAT(numbers(pass.exact_values(batch)[0]),
                ::testing::Pointwise(::testing::DoubleNear(1e-9), expected));
  }
}

TEST(Novelty, AgreesWithRectoolsInverseUserFrequency) {
  const Json one = case_named(testing::oracle("ranking_metrics_small"), "rectools_miuf");
  const World world({{0}, {1}, {1}}, 2);
  const MetricPass pass({{metric_catalog::parse_metric("novelty{share=users}").id, 1}},
                        world.data());
  EXPECT_NEAR(numbers(pass.exact_values(padded({{0}}), ragged({{}}))[0])[0],
              one["expected"]["miuf"].get<double>(), 1e-9);
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
    return numbers(MetricPass({{metric_catalog::parse_metric(metric).id, 3}}, world.data())
                       .exact_values(batch))[0];
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
    return numbers(MetricPass({{metric_catalog::parse_metric(metric).id, 3}}, world.data())
                       .exact_values(batch));
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
  World two({{0}}, 2);
  two.features.item.columns.push_back(
      {.name = "genre", .type = FeatureType::set, .sets = ragged({{0}, {1}}), .cardinality = 2});
  MetricBatch batch{.items = padded({{0}, {1}}), .truth = ragged(Lists(2))};
  batch.context.history = ragged({{0}, {0}});
  const auto got = numbers(
      MetricPass({{metric_catalog::parse_metric("miscalibration{of=genre,measure=js}").id, 1}},
                 two.data())
          .exact_values(batch));
  EXPECT_NEAR(got[0], 0, 1e-12);
  EXPECT_NEAR(got[1], std::log(2.0), 1e-12);
}

TEST(ListMetrics, AFeatureWithoutCategoriesIsTheUsersProblem) {
  World world({{0, 1}}, 2);
  world.features.item.columns.push_back({.name = "year", .type = FeatureType::number});
  try {
    MetricPass({{metric_catalog::parse_metric("category_entropy{of=year}").id, 3}}, world.data());
    FAIL();
  } catch (const error::UserError& error) {
    EXPECT_STREQ(error.what(),
                 "category_entropy{of=year}: year has no categories; name a feature of type "
                 "category or set");
  }
}

TEST(ItemMeans, UnseenItemsAreLeftOutAndAListOfThemHasNoValue) {
  World world({{0, 1}, {0}}, 4);
  const MetricPass pass({{metric_catalog::parse_metric("novelty").id, 3},
                         {metric_catalog::parse_metric("average_popularity").id, 3}},
                        world.data());
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
  EXPECT_THROW(counts.add(padded({{3}})), error::InternalError);
}

TEST(MetricPass, KnowsEveryDefinitionOfTheTableThatHasOneValueARequest) {
  World world({{0, 1}}, 2);
  world.features.item.columns.push_back(
      {.name = "genre", .type = FeatureType::set, .sets = ragged(Lists(2)), .cardinality = 1});
  for (const metric_catalog::MetricInfo& info : metric_catalog::metric_table()) {
    const bool of_baseline =
        std::ranges::count(info.needs, metric_catalog::MetricNeed::baseline) > 0;
    if (!info.per_request || info.of_whole_lists() || of_baseline) continue;
    EXPECT_NO_THROW(
        MetricPass({{metric_catalog::parse_metric(example_of(info)).id, 5}}, world.data()))
        << info.name;
  }
  for (const std::string_view definition : item_mean_definitions())
    EXPECT_EQ(metric_catalog::parse_metric(definition).id, definition);
  EXPECT_THROW(MetricPass({{"gini{catalogue=all}", 5}}, world.data()), error::InternalError);
  EXPECT_THROW(MetricPass({{"recall", 5}}, world.data()), error::InternalError);
}

}  // namespace
}  // namespace assay::metrics
