#include "stats/clusters.h"

#include <gmock/gmock.h>

#include <cmath>

#include "error/error.h"
#include "stats/mean.h"
#include "stats/moments.h"

namespace assay::stats {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

ClusterOrder order_of(const std::vector<std::vector<int32_t>>& stretches) {
  return cluster_order([&](const auto& take) {
    for (const std::vector<int32_t>& ids : stretches) take(ids);
  });
}

TEST(Clusters, AreApartWhereNoIdComesTwice) {
  EXPECT_EQ(order_of({{3, 1, 2}}), ClusterOrder::apart);
  EXPECT_EQ(order_of({{-1, -1}, {2, -1}}), ClusterOrder::apart);
  EXPECT_EQ(order_of({}), ClusterOrder::apart);
}

TEST(Clusters, AreTogetherWhereIdsAscend) {
  EXPECT_EQ(order_of({{1, 3}, {3, 7}}), ClusterOrder::together);
  EXPECT_EQ(order_of({{3, 1, 3}}), ClusterOrder::scattered);
  EXPECT_EQ(order_of({{3}, {1}, {1}}), ClusterOrder::scattered);
}

TEST(Clusters, OneValueEachLeavesThemAsTheyAre) {
  EXPECT_THAT(by_cluster(std::vector<double>{0.5, 0.25, 1.0}, std::vector<int32_t>{7, 8, -1}),
              ElementsAre(DoubleNear(0.5, 1e-15), DoubleNear(0.25, 1e-15), DoubleNear(1.0, 1e-15)));
}

// Users a: {1, 3}, b: {2}, c: {6, 8, 4}; mean 4, n = 6, U = 3. Contributions 4 + 3/6 * (-4, -2, 6).
TEST(Clusters, KeepTheMeanOfTheValuesAndItsLinearisedSpread) {
  const std::vector<double> values = {1, 2, 3, 6, 8, 4};
  const std::vector<int32_t> users = {0, 1, 0, 2, 2, 2};
  const std::vector<double> gathered = by_cluster(values, users);
  EXPECT_THAT(gathered, ElementsAre(2.0, 3.0, 7.0));
  EXPECT_DOUBLE_EQ(*mean_interval(gathered).value, 4.0);
}

// Every value copied: the naive interval shrinks by sqrt(2), the one by cluster must not.
TEST(Clusters, CopiesOfValuesBringNoPrecision) {
  std::vector<double> once, twice;
  std::vector<int32_t> users;
  for (int i = 0; i < 50; ++i) {
    const double value = std::sin(i);
    once.push_back(value);
    twice.insert(twice.end(), {value, value});
    users.insert(users.end(), {i, i});
  }
  const Estimate expected = mean_interval(once);
  const Estimate gathered = mean_interval(by_cluster(twice, users));
  EXPECT_NEAR(gathered.interval->low, expected.interval->low, 1e-12);
  EXPECT_NEAR(gathered.interval->high, expected.interval->high, 1e-12);
}

// Twice as many copies of some users as of others: the linearised and the resampled spread agree.
TEST(Clusters, ResampledClustersHaveTheLinearisedSpread) {
  std::vector<double> values;
  std::vector<int32_t> users;
  for (int i = 0; i < 400; ++i) {
    for (int copy = 0; copy <= i % 3; ++copy) {
      values.push_back(std::sin(i) + 0.1 * copy);
      users.push_back(i);
    }
  }
  const Moments linear = moments_of(by_cluster(values, users));
  const Moments drawn = moments_of(resampled_cluster_means(values, users, {.resamples = 4'000}));
  EXPECT_NEAR(drawn.mean, linear.mean, 0.005);
  EXPECT_NEAR(drawn.variance / linear.variance_of_mean(), 1.0, 0.1);
  EXPECT_THAT(resampled_cluster_means({}, {}, {.resamples = 3}), IsEmpty());
}

TEST(Clusters, NothingGivesNothingAndLengthsMustFit) {
  EXPECT_THAT(by_cluster({}, {}), IsEmpty());
  EXPECT_THROW(by_cluster(std::vector<double>{1.0}, {}), error::InternalError);
}

}  // namespace
}  // namespace assay::stats
