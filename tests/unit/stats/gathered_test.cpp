#include "stats/gathered.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "stats/clusters.h"

namespace assay::stats {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

Gathered gather(const std::vector<double>& values, int64_t hold) {
  Gathering gathering(ClusterOrder::apart, hold);
  for (const double value : values) gathering.add(value);
  return gathering.gathered();
}

/// Every third user asks once, the others twice or three times.
struct Requests {
  std::vector<double> values;
  std::vector<int32_t> users;

  Requests() {
    for (int user = 0; user < 500; ++user) {
      for (int copy = 0; copy <= user % 3; ++copy) {
        values.push_back(0.3 + std::sin(user) + 0.1 * copy);
        users.push_back(user);
      }
    }
  }
  Gathered gathered(ClusterOrder order, int64_t hold) const {
    Gathering gathering(order, hold);
    for (size_t r = 0; r < values.size(); ++r) gathering.add(values[r], users[r]);
    return gathering.gathered();
  }
};

TEST(Gathering, HoldsAFewValuesAndNoneOfMany) {
  EXPECT_THAT(gather({1, kNaN, 2}, 2).values, ElementsAre(1.0, 2.0));
  EXPECT_THAT(gather({1, 2, 3}, 2).values, IsEmpty());
  EXPECT_EQ(gather({1, 2, 3}, 2).moments.n, 3);
  EXPECT_EQ(gather({1, kNaN, 2}, 2).excluded, 1);
}

TEST(Gathering, KnowsTheMomentsOfManyAsWell) {
  std::vector<double> values;
  for (int i = 0; i < 1000; ++i) values.push_back(1e6 + std::sin(i));
  const Moments held = gather(values, 1000).moments;
  const Moments running = gather(values, 10).moments;
  EXPECT_EQ(running.n, held.n);
  EXPECT_EQ(running.mean, held.mean);
  EXPECT_NEAR(running.variance, held.variance, 1e-9);
  EXPECT_NEAR(gather({0.25, 0.5, 1.0}, 0).moments.variance, 7.0 / 48.0, 1e-15);
}

TEST(Gathering, SeesThatAllAreEqual) {
  for (const int64_t hold : {0, 10}) {
    EXPECT_EQ(gather({0.1, 0.1, 0.1}, hold).constant, 0.1);
    EXPECT_EQ(gather({0.1, 0.2, 0.1}, hold).constant, std::nullopt);
    EXPECT_EQ(gather({}, hold).constant, std::nullopt);
  }
  EXPECT_EQ(gather({0.1, 0.1, 0.1}, 0).moments.variance, 0.0);
}

TEST(Gathering, SaysWhyThereIsNothing) {
  EXPECT_EQ(gather({}, 10).reason, "there are no values");
  EXPECT_EQ(gather({kNaN, kNaN}, 10).reason, "none of the 2 requests has data");
  const Gathered infinite = gather({1, kNaN, HUGE_VAL}, 10);
  EXPECT_EQ(infinite.reason, "1 of 3 values are infinite");
  EXPECT_EQ(infinite.moments.n, 0);
}

TEST(Gathering, ClustersCountOnceWhereverTheirValuesStand) {
  const Requests requests;
  const Gathered together = requests.gathered(ClusterOrder::together, 1000);
  EXPECT_EQ(together.moments.n, 500);
  EXPECT_EQ(together.values, by_cluster(requests.values, requests.users));
  EXPECT_EQ(together.values, requests.gathered(ClusterOrder::scattered, 1000).values);
}

TEST(Gathering, ManyClustersHaveTheMomentsOfTheHeldOnes) {
  const Requests requests;
  const Moments held = requests.gathered(ClusterOrder::together, 1000).moments;
  for (const int64_t hold : {0, 1, 7, 499}) {
    for (const ClusterOrder order : {ClusterOrder::together, ClusterOrder::scattered}) {
      const Gathered many = requests.gathered(order, hold);
      EXPECT_THAT(many.values, IsEmpty());
      EXPECT_EQ(many.moments.n, 500);
      EXPECT_NEAR(many.moments.mean, held.mean, 1e-14);
      EXPECT_NEAR(many.moments.variance, held.variance, 1e-13);
    }
  }
}

TEST(Gathering, AnonymousValuesStandAlone) {
  Gathering gathering(ClusterOrder::together, 10);
  for (const double value : {1.0, 2.0, 3.0}) gathering.add(value, -1);
  EXPECT_EQ(gathering.gathered().moments.n, 3);
}

}  // namespace
}  // namespace assay::stats
