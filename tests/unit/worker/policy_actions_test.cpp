#include "worker/policy_actions.h"

#include <ATen/ops/empty.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "worker/item_means.h"

namespace assay::worker {
namespace {

using Ids = std::vector<int64_t>;
using testing::HasSubstr;

at::Tensor floats(const std::vector<float>& values, int64_t rows) {
  at::Tensor out = at::empty({static_cast<int64_t>(values.size())}, at::kFloat);
  std::ranges::copy(values, out.mutable_data_ptr<float>());
  return out.view({rows, -1});
}

at::Tensor ids(const Ids& values, int64_t rows) {
  at::Tensor out = at::empty({static_cast<int64_t>(values.size())}, at::kLong);
  std::ranges::copy(values, out.mutable_data_ptr<int64_t>());
  return out.view({rows, -1});
}

TEST(PolicyActions, OfASoftmaxAreInProportionToItsWeightsHoweverLargeTheScores) {
  const std::vector<float> scores = {3000, 2999, 2990, -INFINITY};
  const Actions actions = softmax_actions(Ids{7, 2, 5, -1}, scores, 2);
  const double sum = 1 + std::exp(-.5) + std::exp(-5);
  EXPECT_DOUBLE_EQ(actions.probability(7), 1 / sum);
  EXPECT_DOUBLE_EQ(actions.probability(2), std::exp(-.5) / sum);
  EXPECT_DOUBLE_EQ(actions.probability(5), std::exp(-5) / sum);
  EXPECT_EQ(actions.probability(3), 0);
  EXPECT_TRUE(softmax_actions(Ids{-1, -1}, std::vector<float>{0, 0}, 1).listed.empty());
}

TEST(PolicyActions, OfEpsilonGreedySumToOneOverWhatMayBeServed) {
  const Actions actions = greedy_actions(Ids{4, 1}, 0.2, 5);
  EXPECT_DOUBLE_EQ(actions.probability(4), 0.84);
  EXPECT_DOUBLE_EQ(actions.probability(1), 0.04);
  EXPECT_DOUBLE_EQ(actions.probability(4) + 4 * actions.probability(1), 1);
  EXPECT_DOUBLE_EQ(greedy_actions(Ids{-1}, 0.2, 5).probability(3), 0.04)
      << "nothing to be greedy of";
}

TEST(PolicyActions, ThatAreNoProbabilitiesAreABreachOfTheContract) {
  const at::Tensor item = ids({1, 2, -1, 3, 4, 5}, 2);
  EXPECT_EQ(action_breach(floats({.5F, .5F, 0, .2F, .3F, .5F}, 2), item, 2), "");
  EXPECT_THAT(action_breach(floats({.5F, .4F, 0, .2F, .3F, .5F}, 2), item, 2),
              HasSubstr("the probabilities of request 0 of the batch sum to 0.9; expected 1"));
  EXPECT_THAT(action_breach(floats({.5F, .5F, 0, -.2F, .7F, .5F}, 2), item, 2),
              HasSubstr("request 1 of the batch has probability -0.2 at place 0"));
  EXPECT_THAT(action_breach(floats({.5F, .5F, 0, NAN, .5F, .5F}, 2), item, 2), HasSubstr("nan"));
  EXPECT_THAT(action_breach(floats({.5F, .25F, .25F, .2F, .3F, .5F}, 2), item, 2),
              HasSubstr("which is padding"));
  EXPECT_THAT(action_breach(floats({1, 1}, 2), item, 2), HasSubstr("expected float32 [2, 3]"));
  EXPECT_EQ(action_breach(floats({.5F, .5F, 0, 9, 9, 9}, 2), item, 1), "")
      << "rows that pad the batch do not count";
}

TEST(Servable, CountsAndSumsWhatIsAllowedAndNotExcluded) {
  const Ids allowed = {1, 3, 5}, excluded = {0, 3};
  const std::span<const int64_t> set(allowed);
  const auto squared = [](int64_t item) { return static_cast<double>(item * item); };
  const Servable some(&set, excluded, 6), all(nullptr, excluded, 6);
  EXPECT_EQ(some.count(), 2);
  EXPECT_EQ(all.count(), 4);
  EXPECT_TRUE(some.allows(3));
  EXPECT_FALSE(some.holds(3));
  EXPECT_FALSE(some.holds(2));
  EXPECT_TRUE(all.holds(2));
  EXPECT_EQ(some.sum(55, squared), 26);
  EXPECT_EQ(all.sum(55, squared), 55 - 9);
}

/// Twelve requests of a user or nobody, one row each, of three items; item 2 is never clicked, item 3
/// never shown.
struct ItemMeansTest : testing::Test {
  ItemMeansTest()
      : path((std::filesystem::temp_directory_path() / ("assay_means_" + std::to_string(getpid())))
                 .string()) {
    dataset::ImpressionTable table;
    for (int r = 0; r < 12; ++r) {
      table.user.push_back(r % 4 == 3 ? -1 : r % 4);
      table.item.push_back(r % 3);
      table.offsets.push_back(r + 1);
      requests.push_back(r);
    }
    table.labels.push_back({"click", false, {1, 1, 0, 0, 1, 0, 1, 0, 0, 255, 1, 0}, {}});
    dataset::SafetensorsWriter out;
    add_impressions(out, table);
    out.note("info", nlohmann::json{{"labels", {{{"name", "click"}, {"kind", "flag"}}}},
                                    {"context", nlohmann::json::array()}}
                         .dump());
    out.write(path);
  }
  ~ItemMeansTest() override { std::filesystem::remove(path); }

  std::string path;
  Ids requests;
};

TEST_F(ItemMeansTest, OfARequestComeFromRowsOfOtherFolds) {
  const dataset::Impressions table = dataset::Impressions::open(path);
  const ItemMeans means(table, requests, 4);
  EXPECT_EQ(means.fold(0), means.fold(4)) << "a user is in one fold";
  EXPECT_TRUE(means.is_shown(2));
  EXPECT_FALSE(means.is_shown(3));
  EXPECT_EQ(means.never_shown(), 1);
  for (const int64_t request : requests) {
    const int fold = means.fold(request);
    double all = 0, rows = 0, reward = 0, count = 0;
    for (const int64_t other : requests) {
      const uint8_t click = table.labels()[0].flag[static_cast<size_t>(other)];
      if (means.fold(other) == fold || click == dataset::kLabelMissing) continue;
      all += click;
      ++rows;
      if (table.item()[static_cast<size_t>(other)] != 0) continue;
      reward += click;
      ++count;
    }
    const double prior = rows > 0 ? all / rows : 0;
    EXPECT_FLOAT_EQ(static_cast<float>(means.mean(fold, 0)),
                    static_cast<float>((reward + prior) / (count + 1)));
    EXPECT_FLOAT_EQ(static_cast<float>(means.mean(fold, 3)), static_cast<float>(prior));
    double sum = 0;
    for (int64_t item = 0; item < 4; ++item) sum += means.mean(fold, item);
    EXPECT_DOUBLE_EQ(means.sum(fold), sum);
  }
}

TEST_F(ItemMeansTest, OfOneUserAreNotKnown) {
  const dataset::Impressions table = dataset::Impressions::open(path);
  const Ids own = {0, 4, 8};
  const ItemMeans means(table, own, 4);
  EXPECT_TRUE(std::isnan(means.mean(means.fold(0), 0)));
}

}  // namespace
}  // namespace assay::worker
