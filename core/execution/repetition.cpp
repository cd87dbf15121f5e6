#include "execution/repetition.h"

#include "execution/compare_trials.h"
#include "hash/hash.h"

namespace assay::execution {
namespace {

std::string spec_of(const results::Reader& reader, const std::string& key) {
  const results::Cell parameters[] = {key};
  return std::get<std::string>(
      reader.query("SELECT spec FROM trial WHERE trial_key = ?", parameters).rows.at(0).at(0));
}

}  // namespace

const PlannedTrial* find_planned(const Plan& plan, const results::RunTrial& trial) {
  for (const PlannedTrial& planned : plan.trials) {
    const bool same_seed = planned.seed.has_value() == trial.seed.has_value() &&
                           (!trial.seed || *planned.seed == static_cast<uint64_t>(*trial.seed));
    if (planned.variant == trial.variant && planned.dataset == trial.dataset &&
        planned.fold == trial.fold && same_seed) {
      return &planned;
    }
  }
  return nullptr;
}

Repetition repetition_of(const results::Reader& reader, const Plan& plan,
                         const results::RunTrial& trial) {
  if (trial.status == results::TrialState::Status::failed)
    return {.obstacle = "it failed: " + trial.reason};
  if (trial.status == results::TrialState::Status::missing) return {.obstacle = "it was not run"};
  const PlannedTrial* planned = find_planned(plan, trial);
  if (planned == nullptr) return {.obstacle = "the configuration no longer defines it"};
  if (planned->key == trial.trial_key) return {.key = planned->key};
  const std::string kept = spec_of(reader, trial.trial_key);
  const std::string now = hash::canonical_json(planned->spec);
  if (same_but_for_numerics(kept, now))
    return {.key = planned->key, .note = numerics_difference(kept, now)};
  return {.obstacle = spec_difference(kept, now)};
}

}  // namespace assay::execution
