#include "stats/shapley.h"

#include <bit>

#include "error/error.h"

namespace assay::stats {
namespace {

int players_of(std::span<const double> worth) {
  error::require(std::has_single_bit(worth.size()), "a game has a worth for each coalition");
  const int players = std::countr_zero(worth.size());
  error::require(players <= kMostPlayers, "a game has few players");
  return players;
}

double factorial(int n) { return n < 2 ? 1.0 : n * factorial(n - 1); }

/// How probable it is that just `size` of `others` stand before a player in an order drawn evenly,
/// and that they are given ones.
double weight(int size, int others) {
  return factorial(size) * factorial(others - size) / factorial(others + 1);
}

Coalition bit(int player) { return Coalition{1} << player; }

}  // namespace

std::vector<double> shapley_values(std::span<const double> worth) {
  const int players = players_of(worth);
  std::vector<double> values(static_cast<size_t>(players), 0.0);
  for (int player = 0; player < players; ++player) {
    for (Coalition others = 0; others < worth.size(); ++others) {
      if ((others & bit(player)) != 0) continue;
      values[static_cast<size_t>(player)] += weight(std::popcount(others), players - 1) *
                                             (worth[others | bit(player)] - worth[others]);
    }
  }
  return values;
}

std::vector<double> first_values(std::span<const double> worth) {
  std::vector<double> values;
  for (int player = 0; player < players_of(worth); ++player)
    values.push_back(worth[bit(player)] - worth[0]);
  return values;
}

std::vector<double> last_values(std::span<const double> worth) {
  std::vector<double> values;
  for (int player = 0; player < players_of(worth); ++player)
    values.push_back(worth.back() - worth[(worth.size() - 1) ^ bit(player)]);
  return values;
}

double joint_value(std::span<const double> worth) {
  double joint = worth.back() - worth[0];
  for (const double alone : first_values(worth)) joint -= alone;
  return joint;
}

double interaction_index(std::span<const double> worth, int a, int b) {
  const int players = players_of(worth);
  error::require(a != b && a >= 0 && b >= 0 && a < players && b < players,
                 "an interaction is of two players");
  double index = 0;
  for (Coalition others = 0; others < worth.size(); ++others) {
    if ((others & (bit(a) | bit(b))) != 0) continue;
    index += weight(std::popcount(others), players - 2) *
             ((worth[others | bit(a) | bit(b)] - worth[others | bit(b)]) -
              (worth[others | bit(a)] - worth[others]));
  }
  return index;
}

}  // namespace assay::stats
