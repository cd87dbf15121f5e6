#include "simulator/logging.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <numeric>

#include "small_world.h"

namespace assay::simulator {
namespace {

using enum task::LoggingKind;

task::SimulatorSpec world_of(task::LoggingKind policy) {
  task::SimulatorSpec spec = small_world();
  spec.logging.policy = policy;
  spec.logging.epsilon = 0.3;
  return spec;
}

TEST(Logging, ProbabilitiesSumToOne) {
  for (const auto policy : {uniform, softmax, epsilon_greedy}) {
    const World world(world_of(policy));
    LoggingPolicy logging(world);
    const std::vector<int32_t> items = world.shelf(0, 0);
    std::vector<float> first(items.size());
    logging.first(world.taste(0, 0), items, first);
    EXPECT_NEAR(std::accumulate(first.begin(), first.end(), 0.0), 1, 1e-5);
    EXPECT_GT(std::ranges::min(first), 0) << "whatever is eligible has support";
  }
}

TEST(Logging, ItemsAreShownAsOftenAsTheirPropensitiesSay) {
  for (const auto policy : {uniform, softmax, epsilon_greedy}) {
    const World world(world_of(policy));
    LoggingPolicy logging(world);
    const std::vector<int32_t> items = world.shelf(0, 0);
    const Taste taste = world.taste(0, 0);
    std::vector<float> first(items.size());
    logging.first(taste, items, first);
    std::map<int32_t, int> shown;
    std::vector<int32_t> slate(2);
    std::vector<float> propensity(2);
    constexpr int kDraws = 20'000;
    double inverse = 0;
    for (int draw = 0; draw < kDraws; ++draw) {
      Request request;
      request.number = draw;
      request.time_us = kFirstTimeUs;
      logging.draw(request, taste, items, slate, propensity);
      EXPECT_NE(slate[0], slate[1]);
      const auto place = std::ranges::find(items, slate[0]) - items.begin();
      EXPECT_FLOAT_EQ(propensity[0], first[static_cast<size_t>(place)]);
      ++shown[slate[0]];
      inverse += 1 / static_cast<double>(propensity[1]) / kDraws;
    }
    for (size_t i = 0; i < items.size(); ++i)
      EXPECT_NEAR(shown[items[i]] / double{kDraws}, first[i], 0.015) << task::name_of(policy);
    EXPECT_NEAR(inverse, 9, 0.6) << "mean of 1 / propensity: the items that are left";
  }
}

TEST(Logging, ALogIsTheSameHoweverItIsCut) {
  const World world(small_world());
  LogRows whole, pieces;
  log_day(world, 2, 1'000'000, [&](const LogRows& rows) { whole = rows; });
  log_day(world, 2, 7, [&](const LogRows& rows) {
    pieces.item.insert(pieces.item.end(), rows.item.begin(), rows.item.end());
    pieces.click.insert(pieces.click.end(), rows.click.begin(), rows.click.end());
  });
  EXPECT_EQ(whole.size(), 600U);
  EXPECT_EQ(whole.item, pieces.item);
  EXPECT_EQ(whole.click, pieces.click);
  EXPECT_EQ(whole.request.front(), 400) << "requests are numbered over all days";
}

TEST(Logging, ShownItemsAreEligible) {
  const World world(small_world());
  log_day(world, 1, 1'000'000, [&](const LogRows& rows) {
    for (size_t i = 0; i < rows.size(); ++i)
      EXPECT_TRUE(std::ranges::binary_search(world.shelf(1, rows.shelf[i]), rows.item[i]));
  });
}

}  // namespace
}  // namespace assay::simulator
