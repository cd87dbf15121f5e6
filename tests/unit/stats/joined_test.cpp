#include "stats/joined.h"

#include <gtest/gtest.h>

#include <vector>

namespace assay::stats {
namespace {

const std::vector<double> kX{3, 1, 4, 1, 5, 9, 2, 6};
const std::vector<double> kY{2, 7, 1, 8, 2, 8, 1, 8};

TEST(Joined, IsThePairMomentsOfAllRows) {
  const PairMoments all = pair_moments_of(kX, kY);
  for (size_t cut = 0; cut <= kX.size(); ++cut) {
    const auto part = [&](size_t from, size_t to) {
      return pair_moments_of({kX.data() + from, to - from}, {kY.data() + from, to - from});
    };
    const PairMoments both = joined(part(0, cut), part(cut, kX.size()));
    EXPECT_EQ(both.x.n, all.x.n);
    EXPECT_NEAR(both.x.mean, all.x.mean, 1e-14);
    EXPECT_NEAR(both.y.variance, all.y.variance, 1e-13);
    EXPECT_NEAR(both.covariance, all.covariance, 1e-13);
  }
}

TEST(Joined, OfNothingIsNothing) { EXPECT_EQ(joined(Moments(), Moments()).n, 0); }

}  // namespace
}  // namespace assay::stats
