#include "tuning/space.h"

#include <gtest/gtest.h>

#include <map>

#include "spaces.h"

namespace assay::tuning {
namespace {

TEST(Space, ARangeIsReachedFromEndToEnd) {
  const task::TunedParam param = range("lambda", 2, 10);
  EXPECT_DOUBLE_EQ(value_at_share(param, 0), 2.0);
  EXPECT_DOUBLE_EQ(value_at_share(param, 0.5), 6.0);
  EXPECT_NEAR(value_at_share(param, 0.999999).get<double>(), 10, 1e-4);
}

TEST(Space, ALogarithmicRangeIsHalvedAtItsGeometricMean) {
  EXPECT_NEAR(value_at_share(range("lr", 1e-4, 1e-2, true), 0.5).get<double>(), 1e-3, 1e-12);
}

TEST(Space, IntegersAreIntegersAndTheirEndsAreAsLikelyAsTheOthers) {
  const task::TunedParam param = range("k", 1, 4, false, true);
  std::map<int64_t, int> seen;
  for (int i = 0; i < 400; ++i) {
    const nlohmann::json value = value_at_share(param, i / 400.0);
    ASSERT_TRUE(value.is_number_integer());
    ++seen[value.get<int64_t>()];
  }
  EXPECT_EQ(seen, (std::map<int64_t, int>{{1, 100}, {2, 100}, {3, 100}, {4, 100}}));
}

TEST(Space, LogarithmicIntegersStayWithinTheirRange) {
  const task::TunedParam param = range("factors", 16, 256, true, true);
  for (int i = 0; i < 1000; ++i) {
    const int64_t value = value_at_share(param, i / 1000.0);
    ASSERT_GE(value, 16);
    ASSERT_LE(value, 256);
  }
}

TEST(Space, AValueIsFoundAgainAtItsPlace) {
  const task::TunedParam param = range("lr", 1e-4, 1e-1, true);
  EXPECT_NEAR(value_at(param, place_of(param, 0.02)).get<double>(), 0.02, 1e-12);
}

TEST(Space, ChoicesKeepTheirTypes) {
  const task::TunedParam param = choices("loss", {"bce", 3, true});
  EXPECT_EQ(value_at_share(param, 0), "bce");
  EXPECT_EQ(value_at_share(param, 0.4), 3);
  EXPECT_EQ(value_at_share(param, 0.99), true);
  EXPECT_EQ(choice_of(param, 3), 1U);
}

TEST(Space, CombinationsCountAndTheLastParameterVariesFastest) {
  const Space space = {choices("a", {1, 2}), choices("b", {"x", "y", "z"})};
  EXPECT_EQ(combinations(space, 100), 6);
  EXPECT_EQ(combinations(space, 4), 5);
  EXPECT_EQ(combination(space, 0), (Values{1, "x"}));
  EXPECT_EQ(combination(space, 1), (Values{1, "y"}));
  EXPECT_EQ(combination(space, 5), (Values{2, "z"}));
}

TEST(Space, ARangeHasNoNumberOfCombinations) {
  EXPECT_EQ(combinations({choices("a", {1, 2}), range("b", 0, 1)}, 100), std::nullopt);
}

}  // namespace
}  // namespace assay::tuning
