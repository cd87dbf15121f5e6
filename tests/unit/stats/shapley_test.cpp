#include "stats/shapley.h"

#include <gtest/gtest.h>

#include <numeric>

#include "error/error.h"

namespace assay::stats {
namespace {

double sum(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0);
}

// Worked by hand: of two orders, 0 adds 3 and 5, 1 adds 6 and 8.
TEST(Shapley, TwoPlayersAreAveragedOverBothOrders) {
  const std::vector<double> worth = {1, 4, 7, 12};
  EXPECT_EQ(shapley_values(worth), (std::vector<double>{4, 7}));
  EXPECT_EQ(first_values(worth), (std::vector<double>{3, 6}));
  EXPECT_EQ(last_values(worth), (std::vector<double>{5, 8}));
  EXPECT_EQ(joint_value(worth), 2);
  EXPECT_EQ(interaction_index(worth, 0, 1), 2);
}

// The glove game of Shapley's value: 0 has a left glove, 1 and 2 right ones; a pair is worth 1.
TEST(Shapley, TheGloveGameGivesTwoThirdsAndTwiceASixth) {
  const std::vector<double> worth = {0, 0, 0, 1, 0, 1, 0, 1};
  const std::vector<double> values = shapley_values(worth);
  EXPECT_NEAR(values[0], 4.0 / 6, 1e-15);
  EXPECT_NEAR(values[1], 1.0 / 6, 1e-15);
  EXPECT_NEAR(values[2], 1.0 / 6, 1e-15);
}

// Efficiency, to rounding, in games of any size.
TEST(Shapley, ThePartsAddUpToTheWhole) {
  double seed = 0.37;
  for (int players = 0; players <= kMostPlayers; ++players) {
    std::vector<double> worth(size_t{1} << players);
    for (double& value : worth) value = seed = 3.9 * seed * (1 - seed);
    EXPECT_NEAR(sum(shapley_values(worth)), worth.back() - worth.front(), 1e-12);
  }
}

TEST(Shapley, APlayerWhoChangesNothingGetsNothing) {
  std::vector<double> worth(16);
  for (Coalition players = 0; players < 16; ++players)
    worth[players] = 0.1 * (players & 11) + 1.0 / 3 * ((players & 11) == 11);  // never of bit 2
  EXPECT_EQ(shapley_values(worth)[2], 0.0);
  EXPECT_EQ(first_values(worth)[2], 0.0);
  EXPECT_EQ(last_values(worth)[2], 0.0);
  for (const int other : {0, 1, 3}) EXPECT_EQ(interaction_index(worth, 2, other), 0.0);
}

TEST(Shapley, PlayersWhoDoTheSameGetTheSame) {
  const std::vector<double> worth = {0.2, 0.5, 0.5, 0.9, 0.3, 0.4, 0.4, 1.1};  // 0 and 1 alike
  const std::vector<double> values = shapley_values(worth);
  EXPECT_EQ(values[0], values[1]);
}

TEST(Shapley, TwoGamesOneAfterTheOtherGiveTheSumOfBoth) {
  const std::vector<double> first = {1, 4, 7, 12}, second = {0, -2, 5, 0.5};
  std::vector<double> both;
  for (size_t i = 0; i < first.size(); ++i) both.push_back(first[i] + second[i]);
  for (size_t player = 0; player < 2; ++player)
    EXPECT_NEAR(shapley_values(both)[player],
                shapley_values(first)[player] + shapley_values(second)[player], 1e-15);
}

TEST(Shapley, AWorthMissingIsABug) {
  EXPECT_THROW(shapley_values(std::vector<double>(3)), error::InternalError);
  EXPECT_THROW(shapley_values(std::vector<double>(32)), error::InternalError);
  EXPECT_THROW(interaction_index(std::vector<double>(4), 1, 1), error::InternalError);
}

}  // namespace
}  // namespace assay::stats
