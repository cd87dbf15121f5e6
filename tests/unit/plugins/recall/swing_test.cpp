#include <gmock/gmock.h>

#include <cmath>

#include "shipped_plugin.h"
#include "tiny_data.h"

namespace assay::test {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;

// Users 0 and 1 share 0 and 1, users 0 and 2 as well as 1 and 2 only 0.
TrainingView data() { return training_of({{0, 1, 3}, {0, 1}, {0, 2}}, 4); }

ParamMap params(double alpha, int64_t users_per_item = 0) {
  return {{"alpha", alpha}, {"neighbours", int64_t{0}}, {"users_per_item", users_per_item}};
}

TEST(Swing, ScoresBySharingPairsOfUsersThatShareLittleElse) {
  const auto swing = make_recall("swing", params(1));
  const CandidateBatch best = recalled(*swing, data(), requests_of({{0}}), 3);
  EXPECT_THAT(lists(best.item)[0], ElementsAre(1, 2, 3));
  EXPECT_THAT(numbers(best.score)[0],
              ElementsAre(DoubleNear(1 / std::sqrt(6) / (1 + 2), 1e-7), 0, 0));
}

TEST(Swing, AddsUpPairsOfUsers) {
  // Three users with the same two items: three pairs.
  const auto swing = make_recall("swing", params(2));
  const TrainingView same = training_of({{0, 1}, {0, 1}, {0, 1}}, 2);
  EXPECT_THAT(numbers(recalled(*swing, same, requests_of({{0}}), 1).score)[0],
              ElementsAre(DoubleNear(3 * 0.5 / 4, 1e-7)));
}

TEST(Swing, LooksAtSoManyUsersOfAnItemEvenlySpread) {
  // Of the users 0, 1, 2, 3 of item 0 the first and the third, who share item 1.
  const auto swing = make_recall("swing", params(0, 2));
  const TrainingView four = training_of({{0, 1}, {0, 2}, {0, 1}, {0, 2}}, 3);
  const CandidateBatch best = recalled(*swing, four, requests_of({{1}, {2}}), 1);
  EXPECT_THAT(lists(best.item), ElementsAre(ElementsAre(0), ElementsAre(-1)));
  EXPECT_THAT(numbers(best.score),
              ElementsAre(ElementsAre(DoubleNear(0.25, 1e-7)), ElementsAre(kNone)));
}

}  // namespace
}  // namespace assay::test
