#include "exposure/served_lists.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

namespace assay::exposure {
namespace {

using Json = nlohmann::json;
using Rows = std::vector<std::vector<int64_t>>;

Json case_of(const std::string& file, const std::string& name) {
  const Json all = Json::parse(
      std::ifstream(std::string(ASSAY_SOURCE_DIR) + "/tests/golden/oracles/" + file + ".json"));
  for (const Json& one : all["cases"]) {
    if (one["name"] == name) return one;
  }
  return nullptr;
}

/// Lists with what they are judged by; request r is of user r.
struct World {
  Rows lists, relevant;
  std::vector<std::vector<float>> scores = {};

  /// Fed in stretches of `stretch` lists.
  std::optional<double> value(const std::string& definition, int64_t items, int64_t cutoff,
                              const Groups* groups = nullptr, size_t stretch = 100) const {
    const auto measure = make_lists_measure(definition, {items, cutoff, groups});
    for (size_t first = 0; first < lists.size(); first += stretch)
      add(*measure, first, std::min(stretch, lists.size() - first));
    return measure->value();
  }

  void add(ListsMeasure& measure, size_t first, size_t count) const {
    constexpr int64_t kSize = 12;
    std::vector<int32_t> items;
    std::vector<float> score;
    std::vector<int64_t> offsets = {0}, truth, users;
    for (size_t l = first; l < first + count; ++l) {
      items.insert(items.end(), lists[l].begin(), lists[l].end());
      if (!scores.empty()) score.insert(score.end(), scores[l].begin(), scores[l].end());
      items.resize((l - first + 1) * kSize, -1);
      score.resize(items.size(), -INFINITY);
      truth.insert(truth.end(), relevant[l].begin(), relevant[l].end());
      offsets.push_back(static_cast<int64_t>(truth.size()));
      users.push_back(static_cast<int64_t>(l));
    }
    measure.add({kSize, items, score, offsets, truth, users});
  }
};

Rows rows_of(const Json& by_user) {
  Rows rows(by_user.size());
  for (const auto& [user, items] : by_user.items())
    rows[std::stoul(user)] = items.get<std::vector<int64_t>>();
  return rows;
}

TEST(CosinePersonalisation, AgreesWithTheOracleWhateverTheStretches) {
  const World world{rows_of(case_of("beyond_accuracy", "inputs")["lists"]), Rows(40)};
  const double expected =
      case_of("beyond_accuracy", "expected")["values"]["personalization__cosine_overlap"];
  const std::string id = "personalisation{similarity=cosine}";
  EXPECT_NEAR(*world.value(id, 50, 8), expected, 1e-9);
  EXPECT_EQ(*world.value(id, 50, 8, nullptr, 7), *world.value(id, 50, 8, nullptr, 1));
}

// Rows with a label and a score as one list each.
World labelled(const std::vector<double>& label, const std::vector<double>& score) {
  World world;
  for (size_t i = 0; i < label.size(); ++i) {
    world.lists.push_back({static_cast<int64_t>(i)});
    world.relevant.push_back(label[i] > 0 ? world.lists.back() : std::vector<int64_t>());
    world.scores.push_back({static_cast<float>(score[i])});
  }
  return world;
}

TEST(PooledAuc, AgreesWithScikitLearnOverAllRows) {
  for (const char* name : {"auc_with_ties_and_gauc", "recommenders_auc_logloss"}) {
    const Json one = case_of("ranking_metrics_small", name);
    const World world = labelled(one["input"]["label"], one["input"]["score"]);
    EXPECT_NEAR(*world.value("pooled_auc", 20, 5), one["expected"]["auc"].get<double>(), 1e-9);
  }
  EXPECT_FALSE(labelled({1, 1}, {0.5, 0.4}).value("pooled_auc", 2, 5)) << "no pair";
}

// Naeini et al. 2015 by hand: bins of width 1/10 hold {.05 .05}, {.55 .58}, {.95}, {1}.
TEST(CalibrationError, OfEqualWidthIsTheGapOfEachBinByItsShare) {
  const World world = labelled({0, 1, 1, 0, 1, 1}, {0.0625, 0.0625, 0.5625, 0.5625, 0.9375, 1});
  const std::string id = "calibration_error{link=identity,binning=width,bins=10}";
  // 0.9375 and 1 share the last bin.
  const double expected = (std::abs(0.125 - 1) + std::abs(1.125 - 1) + std::abs(1.9375 - 2)) / 6;
  EXPECT_NEAR(*world.value(id, 10, 5), expected, 1e-12);
  EXPECT_FALSE(labelled({0, 1}, {0.5, 1.5}).value(id, 10, 5)) << "a score that is no probability";
}

TEST(CalibrationError, OfEqualMassCutsTheOrderIntoEqualParts) {
  std::vector<double> label, score;
  for (int i = 0; i < 20; ++i) {
    score.push_back(i / 32.0);
    label.push_back(i % 2);
  }
  const std::string id = "calibration_error{link=identity,binning=mass,bins=10}";
  double expected = 0;
  for (int b = 0; b < 10; ++b) expected += std::abs((4 * b + 1) / 32.0 - 1) / 20;
  EXPECT_NEAR(*labelled(label, score).value(id, 20, 5), expected, 1e-12);
}

TEST(CalibrationError, GoesThroughTheLogisticFunction) {
  const World world = labelled({1, 0}, {2, -2});
  EXPECT_NEAR(*world.value("calibration_error{link=logit,binning=width,bins=10}", 2, 5),
              1 - 1 / (1 + std::exp(-2.0)), 1e-12);
}

// Users 0, 1 of group 0, user 2 of group 1, user 3 of both, user 4 of none. Recall: 1, 0, 1/2, 1,
// 0.
struct UserGroups : ::testing::Test {
  Groups groups{2, {0, 0, 1, 0, 1}, {0, 1, 2, 3, 5, 5}};
  World world{{{0, 1}, {2, 3}, {0}, {4, 5}, {1}}, {{0}, {4}, {0, 5}, {4, 5}, {3}}};
};

TEST_F(UserGroups, QualityIsTheMeanOfTheirLists) {
  const double low = 2.0 / 3, high = 0.75;
  EXPECT_NEAR(*world.value("user_group_gap{by=gender,quality=recall,least=1}", 6, 5, &groups),
              high - low, 1e-12);
  EXPECT_NEAR(*world.value("worst_user_group{by=gender,quality=recall,least=1}", 6, 5, &groups),
              low, 1e-12);
  EXPECT_NEAR(*world.value("worst_user_group{by=gender,quality=hit_rate,least=1}", 6, 5, &groups),
              low, 1e-12);
  // ndcg of user 2: a hit at rank 1 of two relevant items.
  const double ndcg = 1 / (1 + 1 / std::log2(3.0));
  EXPECT_NEAR(*world.value("user_group_gap{by=gender,quality=ndcg,least=1}", 6, 5, &groups),
              (ndcg + 1) / 2 - low, 1e-12);
}

TEST_F(UserGroups, SmallGroupsAreLeftOut) {
  EXPECT_FALSE(world.value("user_group_gap{by=gender,quality=recall,least=10}", 6, 5, &groups));
  EXPECT_FALSE(world.value("worst_user_group{by=gender,quality=recall,least=10}", 6, 5, &groups));
  EXPECT_FALSE(world.value("user_group_exposure{by=gender,least=10}", 6, 5, &groups));
}

// Shown to all: 0 0 1 1 2 3 4 5 of 8; to group 1: 0 4 5.
TEST_F(UserGroups, ExposureIsHowFarAGroupIsFromAll) {
  const double of_one = (std::abs(1.0 / 3 - 2.0 / 8) + 2.0 / 8 + 1.0 / 8 + 1.0 / 8 +
                         2 * std::abs(1.0 / 3 - 1.0 / 8)) /
                        2;
  EXPECT_NEAR(*world.value("user_group_exposure{by=gender,least=1}", 6, 5, &groups), of_one, 1e-12);
  EXPECT_EQ(*world.value("user_group_exposure{by=gender,least=1}", 6, 5, &groups, 2),
            *world.value("user_group_exposure{by=gender,least=1}", 6, 5, &groups));
}

// Items 0 to 3 of group 0, 4 of both, 5 of group 1. Relevant 0 4 0 5 4 5 3, hit 0 0 4 5.
TEST_F(UserGroups, OpportunityIsHitsOfRelevantItems) {
  const Groups of_items{2, {0, 0, 0, 0, 0, 1, 1}, {0, 1, 2, 3, 4, 6, 7}};
  const double first = (2 + 0.5) / (3 + 1.0), second = (0.5 + 1) / (1 + 2.0);
  EXPECT_NEAR(*world.value("item_opportunity_gap{of=genre,least=1}", 6, 5, &of_items),
              first - second, 1e-12);
  EXPECT_FALSE(world.value("item_opportunity_gap{of=genre,least=10}", 6, 5, &of_items));
}

}  // namespace
}  // namespace assay::exposure
