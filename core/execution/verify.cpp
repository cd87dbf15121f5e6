#include "execution/verify.h"

#include <fmt/format.h>

#include <algorithm>

#include "error/error.h"
#include "execution/compare_trials.h"
#include "hash/hash.h"
#include "results/reader.h"

// A run is repeated through the same code as `assay run`, into a scratch database and without
// cached artifacts; then its trials are compared with the stored ones. A trial whose key the
// present configuration, libraries or data no longer give is not run: the difference of the two
// specs is the answer.

namespace assay::execution {
namespace {

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

std::string spec_of(const results::Reader& reader, const std::string& key) {
  const results::Cell parameters[] = {key};
  return std::get<std::string>(
      reader.query("SELECT spec FROM trial WHERE trial_key = ?", parameters).rows.at(0).at(0));
}

/// How a trial is run again.
struct Repetition {
  std::string obstacle;  ///< why it cannot be run as it was; empty: it can
  std::string key;       ///< what it is called now
  std::string note;      ///< in what it is another all the same
};

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

std::vector<results::RunTrial> wanted_trials(const results::Reader& reader, int64_t run_id,
                                             const std::string& variant) {
  std::vector<results::RunTrial> trials = reader.trials(run_id);
  if (variant.empty()) return trials;
  std::vector<std::string> names;
  for (const results::VariantInfo& known : reader.variants(run_id)) names.push_back(known.name);
  if (std::ranges::count(names, variant) == 0) {
    throw error::UserError(fmt::format("{} is no variant of run {}{}", variant, run_id,
                                       error::did_you_mean(variant, names)));
  }
  std::erase_if(trials, [&](const results::RunTrial& trial) { return trial.variant != variant; });
  return trials;
}

VerifiedTrial cannot(const results::RunTrial& trial, const std::string& why) {
  return {trial.variant, trial.dataset, trial.fold, trial.seed, VerifyVerdict::cannot, why};
}

}  // namespace

std::string to_string(VerifyVerdict verdict) {
  switch (verdict) {
    case VerifyVerdict::identical:
      return "identical";
    case VerifyVerdict::within_tolerance:
      return "within tolerance";
    case VerifyVerdict::different:
      return "different";
    case VerifyVerdict::cannot:
      return "cannot be verified";
  }
  throw error::InternalError("a trial has one of four verdicts");
}

std::vector<VerifiedTrial> verify(const results::Database& database, int64_t run_id, Plan plan,
                                  const std::string& variant, const std::string& scratch,
                                  Executor& executor, const RunSettings& settings) {
  const results::Reader kept(database);
  const std::vector<results::RunTrial> trials = wanted_trials(kept, run_id, variant);
  std::vector<Repetition> repetitions;
  for (const results::RunTrial& trial : trials)
    repetitions.push_back(repetition_of(kept, plan, trial));
  std::erase_if(plan.trials, [&](const PlannedTrial& planned) {
    return std::ranges::count(repetitions, planned.key, &Repetition::key) == 0;
  });
  plan.experiment.latency = {};
  results::Database fresh = results::Database::open_or_create(scratch);
  if (!plan.trials.empty()) run_plan(plan, fresh, executor, settings);

  std::vector<VerifiedTrial> verified;
  for (size_t t = 0; t < trials.size(); ++t) {
    const Repetition& repetition = repetitions[t];
    if (!repetition.obstacle.empty()) {
      verified.push_back(cannot(trials[t], repetition.obstacle));
      continue;
    }
    const std::string keys[] = {repetition.key};
    const results::TrialState state = fresh.trial_states(keys).front();
    verified.push_back(
        state.status == results::TrialState::Status::done
            ? compare_trials(kept, results::Reader(fresh), trials[t], repetition.key)
            : cannot(trials[t], state.reason.empty() ? "it was not finished" : state.reason));
    if (!repetition.note.empty()) verified.back().detail += "; " + repetition.note;
  }
  return verified;
}

}  // namespace assay::execution
