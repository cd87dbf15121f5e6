#include "simulator/click_models.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>

#include "small_world.h"

namespace assay::simulator {
namespace {

using enum task::ClickModel;
using ::testing::ElementsAre;

task::SimulatorSpec world_of(task::ClickModel model) {
  task::SimulatorSpec spec = small_world();
  spec.users = 40'000;
  spec.new_users = 0;
  spec.click_rate = 0.4;
  spec.click_model = model;
  return spec;
}

const std::vector<int32_t> kSlate = {4, 1, 7, 2};

/// Mean clicks of each place over all users, drawn and as they are expected.
struct Rates {
  std::vector<double> drawn, expected;
};

Rates rates_of(const World& world) {
  Rates rates{std::vector<double>(kSlate.size()), std::vector<double>(kSlate.size())};
  std::vector<uint8_t> clicks(kSlate.size());
  std::vector<float> looked(kSlate.size());
  const auto users = static_cast<double>(world.spec().users);
  for (int32_t user = 0; user < world.spec().users; ++user) {
    const Taste taste = world.taste(user, 0);
    draw_clicks(world, user, 0, kSlate, clicks);
    examination(world, taste, kSlate, looked);
    for (size_t k = 0; k < kSlate.size(); ++k) {
      rates.drawn[k] += clicks[k] / users;
      rates.expected[k] += looked[k] * world.click_probability(taste, kSlate[k]) / users;
    }
  }
  return rates;
}

TEST(ClickModels, DrawnClicksAreAsFrequentAsExpected) {
  for (const auto model : {position_based, cascade, dependent_click}) {
    const World world(world_of(model));
    const Rates rates = rates_of(world);
    for (size_t k = 0; k < kSlate.size(); ++k)
      EXPECT_NEAR(rates.drawn[k], rates.expected[k], 0.01) << task::name_of(model) << ", " << k;
  }
}

TEST(ClickModels, PlacesOfAPositionBasedWorldAreLookedAtLessAndLess) {
  const World world(world_of(position_based));
  std::vector<float> looked(4);
  examination(world, world.taste(0, 0), kSlate, looked);
  EXPECT_THAT(looked, ElementsAre(1.0F, 0.5F, 1.0F / 3, 0.25F));
}

TEST(ClickModels, ACascadeEndsWithItsFirstClick) {
  const World world(world_of(cascade));
  std::vector<uint8_t> clicks(4);
  for (int32_t user = 0; user < 2000; ++user) {
    draw_clicks(world, user, 0, kSlate, clicks);
    EXPECT_LE(std::ranges::count(clicks, 1), 1);
  }
}

TEST(ClickModels, WithCertainContinuationNobodyStops) {
  task::SimulatorSpec spec = world_of(dependent_click);
  spec.continuation = 1;
  const World world(spec);
  std::vector<float> looked(4);
  examination(world, world.taste(0, 0), kSlate, looked);
  for (const float chance : looked) EXPECT_FLOAT_EQ(chance, 1);
}

TEST(ClickModels, TwoSlatesAlikeGetTheSameClicksAndAnItemKeepsItsAppealAllDay) {
  task::SimulatorSpec spec = world_of(position_based);
  spec.position_bias = 0;
  const World world(spec);
  std::vector<uint8_t> once(4), again(4), turned(4);
  const std::vector<int32_t> other_way(kSlate.rbegin(), kSlate.rend());
  for (int32_t user = 0; user < 500; ++user) {
    draw_clicks(world, user, 1, kSlate, once);
    draw_clicks(world, user, 1, kSlate, again);
    draw_clicks(world, user, 1, other_way, turned);
    EXPECT_EQ(once, again);
    EXPECT_TRUE(std::equal(once.begin(), once.end(), turned.rbegin()));
  }
}

TEST(ClickModels, ExpectedClicksAreTheSumOverThePlaces) {
  const World world(world_of(cascade));
  const Taste taste = world.taste(9, 2);
  double none = 1;
  for (const int32_t item : kSlate) none *= 1 - world.click_probability(taste, item);
  EXPECT_NEAR(expected_clicks(world, 9, 2, kSlate), 1 - none, 1e-6)
      << "a cascade has a click unless nothing attracts";
}

}  // namespace
}  // namespace assay::simulator
