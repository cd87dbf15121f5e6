#include "execution/verify.h"

#include <fmt/format.h>

#include <algorithm>

#include "error/error.h"
#include "execution/compare_trials.h"
#include "execution/repetition.h"
#include "results/reader.h"

// A run is repeated through the same code as `assay run`, into a scratch database and without
// cached artifacts; then its trials are compared with the stored ones. A trial whose key the
// present configuration, libraries or data no longer give is not run: the difference of the two
// specs is the answer.

namespace assay::execution {
namespace {

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
