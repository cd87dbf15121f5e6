#pragma once

/// Which values a tuning tries next. Pure functions of what was tried before: nothing is kept
/// between calls, so that a run that was ended goes on by asking again.

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "tuning/space.h"

namespace assay::tuning {

/// Values that are to be tried, and how far their fits go.
struct Step {
  int64_t number = 0;  ///< of the trial, from 0
  int rung = 0;        ///< asha: how often the trial has been promoted; else 0
  Values values;
};

/// What became of a step.
struct Outcome {
  Step step;
  std::optional<double> value;  ///< larger is better; none: the trial failed
  /// The fits ended by themselves: a higher rung would give the same.
  bool complete = true;
  double seconds = 0;
};

/// Steps are asked for in rounds of this many, whatever the number of workers: what is tried does
/// not depend on which of them is finished first.
inline constexpr int64_t kRound = 4;

/// The next round; empty where the budget of `spec` (trials or seconds) is used up or nothing is
/// left to try. Equal arguments give equal steps.
/// @param so_far  outcomes of all earlier rounds, in the order in which the steps were given
std::vector<Step> next_steps(const task::TuneSpec& spec, const Space& space,
                             std::span<const Outcome> so_far);

/// How often a fit may validate at a rung of asha before it is ended: 1, 3, 9, ...; 0, no bound,
/// with the other methods.
int64_t validations_at(task::TuneMethod method, int rung);

/// The steps that a budget allows at most: trials, and for asha their promotions.
int64_t most_steps(const task::TuneSpec& spec, const Space& space);

/// The outcome whose values are chosen: the largest value, of equal ones the higher rung, then the
/// earlier trial; null where every trial failed.
const Outcome* best_of(std::span<const Outcome> outcomes);

/// The values of a trial drawn at random: each parameter evenly on its scale. Depends on seed and
/// number alone.
Values random_values(uint64_t seed, const Space& space, int64_t number);

}  // namespace assay::tuning
