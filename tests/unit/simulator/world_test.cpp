#include "simulator/world.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "simulator/draws.h"
#include "simulator/exponential.h"
#include "small_world.h"

namespace assay::simulator {
namespace {

using ::testing::AllOf;
using ::testing::Ge;
using ::testing::Le;

TEST(World, PartsCanBeAskedAgainAloneAndInAnyOrder) {
  const World world(small_world());
  const World again(small_world());
  const std::vector<Request> third = world.requests(3);
  (void)again.requests(0);
  const std::vector<Request> same = again.requests(3);
  ASSERT_EQ(third.size(), same.size());
  EXPECT_TRUE(std::ranges::equal(third, same, {}, &Request::user, &Request::user));
  EXPECT_EQ(world.taste(4, 2), again.taste(4, 2));
  EXPECT_EQ(world.shelf(2, 1), again.shelf(2, 1));
}

TEST(World, AnotherSeedIsAnotherWorld) {
  task::SimulatorSpec other = small_world();
  other.seed = 8;
  EXPECT_NE(World(small_world()).taste(0, 0), World(other).taste(0, 0));
}

TEST(World, DaysHoldAllRequestsInTheOrderOfTime) {
  const World world(small_world());
  int64_t all = 0, last_us = 0;
  for (int64_t day = 0; day < world.days(); ++day) {
    for (const Request& request : world.requests(day)) {
      EXPECT_LE(last_us, request.time_us);
      EXPECT_EQ(day_of(request.time_us), day);
      EXPECT_LT(request.user, world.users(day));
      last_us = request.time_us;
      ++all;
    }
  }
  EXPECT_EQ(all, 1000) << "3,000 rows in slates of 3";
}

TEST(World, UsersAndItemsComeOverTheDays) {
  const World world(small_world());
  EXPECT_EQ(world.users(0), 40);
  EXPECT_EQ(world.users(4), 50);
  EXPECT_EQ(world.items(0), 32);
  EXPECT_EQ(world.items(4), 40);
  for (const int32_t item : world.shelf(0, 0)) EXPECT_LT(item, world.items(0));
}

TEST(World, AShelfHoldsDifferentItemsAscending) {
  const World world(small_world());
  for (int32_t shelf = 0; shelf < 8; ++shelf) {
    const std::vector<int32_t> items = world.shelf(1, shelf);
    EXPECT_EQ(std::set<int32_t>(items.begin(), items.end()).size(), 10U);
    EXPECT_TRUE(std::ranges::is_sorted(items));
  }
  EXPECT_NE(world.shelf(1, 0), world.shelf(1, 1));
}

TEST(World, SessionsAreRequestsOfOneUserInARowOfTheMeanLength) {
  task::SimulatorSpec spec = small_world();
  spec.days = 1;
  spec.slate = 1;
  spec.events = 30'000;
  const std::vector<Request> requests = World(spec).requests(0);
  for (size_t i = 1; i < requests.size(); ++i)
    if (requests[i].session == requests[i - 1].session) {
      EXPECT_EQ(requests[i].user, requests[i - 1].user);
    }
  const double sessions = static_cast<double>(requests.back().session + 1);
  EXPECT_NEAR(30'000 / sessions, 3, 0.3);
}

TEST(World, TastesTurnAndKeepTheirSpread) {
  task::SimulatorSpec spec = small_world();
  spec.users = 4000;
  spec.drift = 0.5;
  const World world(spec);
  double before = 0, after = 0, both = 0;
  for (int32_t user = 0; user < 4000; ++user) {
    const float first = world.taste(user, 0)[0], later = world.taste(user, 2)[0];
    before += first * first;
    after += later * later;
    both += first * later;
  }
  EXPECT_NEAR(after / before, 1, 0.06);
  EXPECT_NEAR(both / before, std::cos(1.0), 0.06) << "half a radian a day, two days";
}

TEST(World, SingleItemsAndManyHaveTheSameProbabilities) {
  const World world(small_world());
  const Taste taste = world.taste(3, 1);
  const std::vector<int32_t> items = world.shelf(1, 0);
  std::vector<float> many(items.size());
  world.click_probabilities(taste, items, many);
  for (size_t i = 0; i < items.size(); ++i) {
    EXPECT_EQ(many[i], world.click_probability(taste, items[i]));
    EXPECT_THAT(many[i], AllOf(Ge(0.0F), Le(1.0F)));
  }
}

TEST(World, FeaturesRevealAPartOfTheFactors) {
  task::SimulatorSpec spec = small_world();
  spec.feature_noise = 0;
  spec.affinity = std::sqrt(8.0);  // tastes as they were drawn
  const World world(spec);
  const World::Features of = world.user_features(5);
  ASSERT_EQ(of.number.size(), 4U);
  for (size_t f = 0; f < 4; ++f) EXPECT_FLOAT_EQ(of.number[f], world.taste(5, 0)[f]);
  EXPECT_EQ(of.kind, std::ranges::max_element(of.number) - of.number.begin());
}

TEST(World, APolicyOfFullKnowledgeBelievesTheTruth) {
  task::SimulatorSpec spec = small_world();
  spec.logging.knowledge = 1;
  const World world(spec);
  const Taste taste = world.taste(1, 0);
  const std::vector<int32_t> items = world.shelf(0, 0);
  std::vector<float> believed(items.size()), clicks(items.size());
  world.believed_scores(taste, items, believed);
  world.click_probabilities(taste, items, clicks);
  for (size_t i = 0; i < items.size(); ++i)
    EXPECT_NEAR(clicks[i], 1 / (1 + std::exp(-believed[i])), 1e-6);
}

TEST(Draws, BellNumbersHaveMeanNoughtAndVarianceOne) {
  std::vector<float> numbers(100'000);
  draw_bells(3, Draw::taste, 1, numbers);
  double sum = 0, squares = 0;
  for (const float number : numbers) {
    sum += number;
    squares += static_cast<double>(number) * number;
  }
  EXPECT_NEAR(sum / 1e5, 0, 0.013) << "four standard errors";
  EXPECT_NEAR(squares / 1e5, 1, 0.02);
}

TEST(Exponential, IsThatOfTheLibraryToSevenDigits) {
  for (float x = -80; x < 80; x += 0.37F)
    EXPECT_NEAR(exponential(x) / std::exp(static_cast<double>(x)), 1, 4e-7) << x;
}

TEST(Exponential, EightAtOnceAreTheSameAsOne) {
  std::vector<float> values(13);
  for (size_t i = 0; i < values.size(); ++i) values[i] = 0.7F * static_cast<float>(i) - 3;
  std::vector<float> many = values;
  exponentials(many, 1, 1);
  for (size_t i = 0; i < values.size(); ++i)
    EXPECT_FLOAT_EQ(many[i], exponential(values[i] - 1)) << i;
}

}  // namespace
}  // namespace assay::simulator
