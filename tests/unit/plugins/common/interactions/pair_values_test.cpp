#include <ATen/TensorOperators.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/zeros.h>
#include <assay/extra/interactions/co_occurrence.h>
#include <assay/extra/interactions/pair_values.h>
#include <gmock/gmock.h>

#include "tiny_data.h"

namespace assay::test {
namespace {

using namespace extra;
using testing::ElementsAre;

// User 0 took item 1 twice and then 0; user 1 took 2 and 1.
TrainingView data() { return training_of({{0, 1}, {0, 1}, {0, 0}, {1, 2}, {1, 1}}, 2, 3); }

TEST(PairValues, StandBesideThePairsOfEachSide) {
  const PairWeights each = pair_weights(data(), Repeats::each);
  const PairValues values = pair_values(data(), each, [](int64_t user, int64_t item, double x) {
    return 100.0 * static_cast<double>(user) + 10.0 * static_cast<double>(item) + x;
  });
  EXPECT_THAT(values.by_user, ElementsAre(12, 1, 121, 111));  // 0: 1, 0; 1: 2, 1
  EXPECT_THAT(values.by_item, ElementsAre(1, 12, 111, 121));  // 0: 0; 1: 0, 1; 2: 1
}

TEST(PairValues, TotalsAreSumsOfWhatPairsCount) {
  const PairTotals once = pair_totals(data(), {});
  EXPECT_THAT(once.of_user, ElementsAre(2, 2));
  EXPECT_THAT(once.of_item, ElementsAre(1, 2, 1));
  const PairTotals each = pair_totals(data(), pair_weights(data(), Repeats::each));
  EXPECT_THAT(each.of_user, ElementsAre(3, 2));
  EXPECT_THAT(each.of_item, ElementsAre(1, 3, 1));
}

TEST(PairValues, MakeAProductOfTwoMatrices) {
  const TrainingView pairs = training_of({{0, 1, 4}, {1, 2}, {}, {0, 2, 3}, {3, 4}, {0, 4}}, 6);
  const auto left = [](int64_t user, int64_t item, double) {
    return static_cast<double>(user + 2 * item + 1);
  };
  const auto right = [](int64_t user, int64_t item, double) {
    return 1.0 / static_cast<double>(user + item + 1);
  };
  const PairValues values{.by_user = values_by_user(pairs, {}, right),
                          .by_item = values_by_item(pairs, {}, left)};
  at::Tensor a = at::zeros({6, 6}, at::kDouble), b = a.clone(), product = a.clone();
  const Lists users = lists(pairs.by_user);
  for (int64_t user = 0; user < 6; ++user) {
    for (const int64_t item : users[user]) {
      a[item][user] = left(user, item, 1);
      b[user][item] = right(user, item, 1);
    }
  }
  double* const to = product.mutable_data_ptr<double>();
  for_each_co_occurrence(pairs, values, [&](const CoOccurrenceRow& row) {
    for (const int32_t other : row.others) to[row.item * 6 + other] = row.of(other);
  });
  EXPECT_TRUE(product.allclose(at::matmul(a, b), 0, 1e-14));
}

}  // namespace
}  // namespace assay::test
