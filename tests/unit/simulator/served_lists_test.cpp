#include "simulator/served_lists.h"

#include <gmock/gmock.h>

#include <cmath>

#include "small_world.h"

namespace assay::simulator {
namespace {

using ::testing::Each;
using ::testing::Ge;
using ::testing::Le;

/// Lists of 3 for requests of several days, of users and items in turn.
struct Lists {
  explicit Lists(const World& world, int32_t requests) {
    const int32_t all = world.items(0);
    for (int32_t r = 0; r < requests; ++r) {
      user.push_back(r % world.users(0));
      day.push_back(r / world.users(0));
      for (int32_t place = 0; place < 3; ++place) items.push_back((r * 7 + place * 5) % all);
    }
  }
  ServedLists view() const { return {user, day, items, 3}; }

  std::vector<int32_t> user, items;
  std::vector<int64_t> day;
};

task::SimulatorSpec world_of(task::ClickModel model) {
  task::SimulatorSpec spec = small_world();
  spec.users = 5000;
  spec.new_users = 0;
  spec.click_model = model;
  return spec;
}

TEST(ServedLists, ClicksOfManyListsComeToTheirExpectation) {
  using enum task::ClickModel;
  for (const auto model : {position_based, cascade, dependent_click}) {
    const World world(world_of(model));
    const Lists lists(world, 20'000);
    const std::vector<uint8_t> clicks = draw_clicks(world, lists.view());
    const std::vector<float> expected = expected_clicks(world, lists.view());
    double difference = 0, squares = 0;
    for (size_t r = 0; r < expected.size(); ++r) {
      const double one = clicks[r * 3] + clicks[r * 3 + 1] + clicks[r * 3 + 2] - expected[r];
      difference += one;
      squares += one * one;
    }
    EXPECT_LT(std::abs(difference), 4 * std::sqrt(squares)) << task::name_of(model);
  }
}

TEST(ServedLists, WhoIsServedTheSameClicksTheSameWhateverElseWasServed) {
  const World world(world_of(task::ClickModel::position_based));
  const Lists lists(world, 2000);
  Lists others = lists;
  for (size_t r = 0; r < others.user.size(); r += 2) {  // every other request gets another list
    for (size_t place = r * 3; place < r * 3 + 3; ++place)
      others.items[place] = (others.items[place] + 1) % world.items(0);
  }
  const auto one = draw_clicks(world, lists.view()), other = draw_clicks(world, others.view());
  bool differ = false;
  for (size_t r = 0; r < lists.user.size(); ++r) {
    const bool same = std::equal(&one[r * 3], &one[r * 3] + 3, &other[r * 3]);
    EXPECT_TRUE(same || r % 2 == 0) << r;
    differ = differ || !same;
  }
  EXPECT_TRUE(differ) << "other items are clicked otherwise";
}

TEST(ServedLists, AShortListHasNoClicksBehindItsEnd) {
  const World world(world_of(task::ClickModel::cascade));
  const std::vector<int32_t> user = {1, 2}, items = {4, -1, -1, -1, -1, -1};
  const std::vector<int64_t> day = {0, 0};
  const ServedLists lists{user, day, items, 3};
  const std::vector<float> expected = expected_clicks(world, lists);
  EXPECT_FLOAT_EQ(expected[0], world.click_probability(world.taste(1, 0), 4));
  EXPECT_EQ(expected[1], 0) << "an empty list";
  const std::vector<uint8_t> clicks = draw_clicks(world, lists);
  for (size_t place = 1; place < clicks.size(); ++place) EXPECT_EQ(clicks[place], 0);
}

TEST(ServedLists, DiversityIsOneLessTheMeanCosineOfPairs) {
  const World world(small_world());
  const std::vector<int32_t> user = {0, 0}, items = {3, 8, 11, 5, -1, -1};
  const std::vector<int64_t> day = {0, 0};
  const std::vector<float> diversity = list_diversity(world, {user, day, items, 3});
  const float mean =
      (world.similarity(3, 8) + world.similarity(3, 11) + world.similarity(8, 11)) / 3;
  EXPECT_FLOAT_EQ(diversity[0], 1 - mean);
  EXPECT_TRUE(std::isnan(diversity[1])) << "one item has no pair";
  EXPECT_FLOAT_EQ(world.similarity(3, 3), 1);
}

TEST(ServedLists, DiversityLiesBetweenZeroAndTwo) {
  const World world(small_world());
  const Lists lists(world, 200);
  EXPECT_THAT(list_diversity(world, lists.view()), Each(::testing::AllOf(Ge(0.0F), Le(2.0F))));
}

}  // namespace
}  // namespace assay::simulator
