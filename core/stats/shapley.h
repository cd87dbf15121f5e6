#pragma once

/// What each part of a whole earned: the Shapley value of a game whose players are the parts.

#include <cstdint>
#include <span>
#include <vector>

namespace assay::stats {

/// 2^4 = 16 coalitions.
inline constexpr int kMostPlayers = 4;

/// Players of a coalition: bit i stands for player i.
using Coalition = uint32_t;

/// The Shapley value of each player: what its joining adds, averaged over all orders in which the
/// players can join (Shapley 1953). Taken from marginal differences, so that the values add up to
/// worth[all] - worth[none], and a player who never changes anything gets 0 exactly.
/// @param worth  by coalition, 2^players of them; players from 0 to kMostPlayers, anything else is
///               an InternalError
/// NaN where a worth that it needs is NaN.
std::vector<double> shapley_values(std::span<const double> worth);

/// What each player adds to nobody, worth[{i}] - worth[none].
std::vector<double> first_values(std::span<const double> worth);
/// What each player adds to all others, worth[all] - worth[all but i].
std::vector<double> last_values(std::span<const double> worth);

/// What the whole earned beyond what its players earn alone: worth[all] - worth[none] - sum of
/// first_values. Above 0 they help one another; below 0 one does what another does too.
double joint_value(std::span<const double> worth);

/// The Shapley interaction index of two players: what they add together beyond what they add one by
/// one, averaged over the others (Grabisch & Roubens 1999, section 3). 0 where one of them never
/// changes anything, or what they do adds up.
double interaction_index(std::span<const double> worth, int a, int b);

}  // namespace assay::stats
