#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "worker/balance_weights.h"
#include "worker/item_means.h"
#include "worker/mrdr_means.h"

// Models that depend on the policy that is judged.

namespace assay::worker {
namespace {

constexpr int64_t kItems = 3;

struct Row {
  int fold;
  int64_t item;
  float reward, propensity;
};

/// Five folds; item 2 is rarely shown and always rewarded.
std::vector<Row> some_rows() {
  std::vector<Row> rows;
  for (int r = 0; r < 40; ++r) {
    const int64_t item = r % 7 == 0 ? 2 : r % 2;
    rows.push_back({r % ItemMeans::kFolds, item, item == 2 || r % 3 == 0 ? 1.F : 0.F,
                    item == 2 ? 0.125F : 0.5F});
  }
  return rows;
}

/// Shows item 1 with 0.7, and any with 0.3.
Actions actions() { return {{{1, 0.7}}, 0.1}; }

/// The mean of an item's rewards in the other folds, by the definition.
double weighted_mean(const std::vector<Row>& rows, int fold, int64_t item) {
  double weight = 0, earned = 0, all = 0, all_earned = 0, count = 0;
  for (const Row& row : rows) {
    if (row.fold == fold) continue;
    const double mu = row.propensity;
    const double one = actions().probability(row.item) * (1 - mu) / (mu * mu);
    all += one;
    all_earned += one * row.reward;
    ++count;
    if (row.item != item) continue;
    weight += one;
    earned += one * row.reward;
  }
  return (earned + all / count * (all_earned / all)) / (weight + all / count);
}

TEST(MrdrMeans, AreMeansOfOtherFoldsByTheirPartInTheVariance) {
  const std::vector<Row> rows = some_rows();
  const Servable servable(nullptr, {}, kItems);
  MrdrMeans means(kItems);
  for (const Row& row : rows) {
    means.begin_request(actions(), servable, row.fold);
    means.add_row(row.item, row.reward, row.propensity, actions().probability(row.item));
  }
  const MrdrMeans::Columns columns = means.columns();
  for (size_t i = 0; i < rows.size(); ++i) {
    double expected = 0;
    for (int64_t item = 0; item < kItems; ++item)
      expected += actions().probability(item) * weighted_mean(rows, rows[i].fold, item);
    EXPECT_NEAR(columns.predicted[i], weighted_mean(rows, rows[i].fold, rows[i].item), 1e-6);
    EXPECT_NEAR(columns.expected[i], expected, 1e-6);
  }
}

TEST(MrdrMeans, ExpectOnlyWhatMayBeShown) {
  const std::vector<int64_t> allowed = {0, 2}, excluded = {1};
  const std::span<const int64_t> set(allowed);
  for (const Servable& servable :
       {Servable(&set, {}, kItems), Servable(nullptr, excluded, kItems)}) {
    MrdrMeans means(kItems);
    for (const Row& row : some_rows()) {
      means.begin_request({{}, 0.5}, servable, row.fold);
      means.add_row(row.item, row.reward, row.propensity, row.item == 1 ? 0 : 0.5);
    }
    // Items 0 and 2 with a half each: of fold 0 item 2 is worth nearly 1.
    const float expected = means.columns().expected.front();
    EXPECT_GT(expected, 0.5F);
    EXPECT_LT(expected, 1);
  }
}

TEST(MrdrMeans, OfAPolicyThatShowsNothingOfTheLogAreMeansOfAllAlike) {
  MrdrMeans means(kItems);
  const Servable servable(nullptr, {}, kItems);
  for (const float reward : {0.F, 1.F, 1.F, 0.F}) {
    means.begin_request({}, servable, reward > 0 ? 0 : 1);
    means.add_row(0, reward, 0.5F, 0);
  }
  EXPECT_THAT(means.columns().predicted, testing::ElementsAre(1, 0, 0, 1));
}

/// A log of items 0 to 3 by fixed shares, and a policy with its own.
struct Balance {
  static constexpr double kLog[] = {.4, .3, .2, .1}, kPolicy[] = {.1, .2, .3, .4};

  explicit Balance(int rows) : of_item(4) {
    const Servable servable(nullptr, {}, 4);
    Actions policy;
    for (int64_t item = 0; item < 4; ++item) policy.listed.emplace_back(item, kPolicy[item]);
    BalanceWeights balance(4);
    for (int r = 0; r < rows; ++r) {
      const int place = r % 10;  // 4, 3, 2 and 1 of ten
      const int64_t item = place < 4 ? 0 : place < 7 ? 1 : place < 9 ? 2 : 3;
      balance.add_row(policy, servable, r, r / 10 % ItemMeans::kFolds, item, kPolicy[item]);
      items.push_back(item);
    }
    weights = balance.weights();
    for (size_t i = 0; i < weights.size(); ++i) of_item[static_cast<size_t>(items[i])] = weights[i];
  }

  std::vector<int64_t> items;
  std::vector<float> weights;
  std::vector<double> of_item;
};

TEST(BalanceWeights, AreTheRatioOfPolicyAndLogWhereItemsTellThemApart) {
  const Balance balance(8000);
  double sum = 0;
  for (const float weight : balance.weights) sum += weight;
  EXPECT_NEAR(sum / 8000, 1, 0.02);
  for (size_t item = 0; item < 4; ++item) {
    const double ratio = Balance::kPolicy[item] / Balance::kLog[item];
    EXPECT_NEAR(balance.of_item[item], ratio, 0.1 * ratio) << "item " << item;
  }
}

TEST(BalanceWeights, AreTheSameOnRepetition) {
  EXPECT_EQ(Balance(200).weights, Balance(200).weights);
}

TEST(BalanceWeights, OfWhatThePolicyNeverShowsAreNone) {
  const Servable servable(nullptr, {}, 2);
  BalanceWeights balance(2);
  for (int r = 0; r < 20; ++r)
    balance.add_row({{{1, 1.0}}, 0}, servable, r, r % ItemMeans::kFolds, r % 2, r % 2);
  const std::vector<float> weights = balance.weights();
  EXPECT_EQ(weights[0], 0);
  EXPECT_GT(weights[1], 1);
}

}  // namespace
}  // namespace assay::worker
