#include "tuning/search.h"

#include <algorithm>

#include "error/error.h"
#include "stats/philox_sequence.h"
#include "tuning/asha.h"
#include "tuning/tpe.h"

namespace assay::tuning {
namespace {

bool used_up(const task::TuneSpec& spec, std::span<const Outcome> so_far) {
  double seconds = 0;
  for (const Outcome& outcome : so_far) seconds += outcome.seconds;
  return spec.seconds > 0 && seconds >= spec.seconds;
}

Values values_of(const task::TuneSpec& spec, const Space& space, std::span<const Outcome> so_far,
                 int64_t number) {
  switch (spec.method) {
    case task::TuneMethod::grid:
      return combination(space, number);
    case task::TuneMethod::tpe:
      return tpe_values(spec.seed, space, so_far, number);
    default:
      return random_values(spec.seed, space, number);
  }
}

int64_t trials_of(const task::TuneSpec& spec, const Space& space) {
  if (spec.method != task::TuneMethod::grid) return spec.trials;
  return combinations(space, spec.trials).value_or(0);
}

}  // namespace

std::vector<Step> next_steps(const task::TuneSpec& spec, const Space& space,
                             std::span<const Outcome> so_far) {
  error::require(!space.empty(), "a tuned variant has tuned parameters");
  if (used_up(spec, so_far)) return {};
  if (spec.method == task::TuneMethod::asha) return asha_steps(spec, space, so_far);
  std::vector<Step> steps;
  const auto first = static_cast<int64_t>(so_far.size());
  const int64_t end = std::min(trials_of(spec, space), first + kRound);
  // Of the trials of a round nothing is known yet. Taken for failed ones, they keep the next ones of
  // the round away: four trials beside each other would tell no more than one.
  std::vector<Outcome> assumed(so_far.begin(), so_far.end());
  for (int64_t number = first; number < end; ++number) {
    steps.push_back({number, 0, values_of(spec, space, assumed, number)});
    assumed.push_back({.step = steps.back()});
  }
  return steps;
}

int64_t validations_at(task::TuneMethod method, int rung) {
  return method == task::TuneMethod::asha ? rung_validations(rung) : 0;
}

int64_t most_steps(const task::TuneSpec& spec, const Space& space) {
  int64_t steps = trials_of(spec, space);
  if (spec.method != task::TuneMethod::asha) return steps;
  for (int64_t left = steps / kEta; left > 0; left /= kEta) steps += left;
  return steps;
}

const Outcome* best_of(std::span<const Outcome> outcomes) {
  const Outcome* best = nullptr;
  for (const Outcome& outcome : outcomes) {
    if (!outcome.value) continue;
    const bool better = best == nullptr || *outcome.value > *best->value ||
                        (*outcome.value == *best->value && outcome.step.rung > best->step.rung);
    if (better) best = &outcome;
  }
  return best;
}

Values random_values(uint64_t seed, const Space& space, int64_t number) {
  Values values;
  for (size_t p = 0; p < space.size(); ++p) {
    stats::PhiloxSequence draws(seed, static_cast<uint32_t>(number), static_cast<uint32_t>(p));
    values.push_back(value_at_share(space[p], draws.next_uniform()));
  }
  return values;
}

}  // namespace assay::tuning
