#include "execution/trial_board.h"

#include <fmt/format.h>

#include <algorithm>

#include "execution/failure_text.h"

namespace assay::execution {
namespace {

std::vector<std::string> paths_of(const Plan& plan) {
  std::vector<std::string> paths;
  for (const PlannedData& data : plan.data) paths.push_back(data.prepared.path);
  return paths;
}

}  // namespace

TrialBoard::TrialBoard(const Plan& plan, results::Database& database, int64_t run_id,
                       const RunSettings& settings, RunOutcome& outcome)
    : plan_(plan),
      database_(database),
      run_id_(run_id),
      settings_(settings),
      outcome_(outcome),
      catalogue_(plan.experiment, paths_of(plan)) {
  for (const PlannedTrial& trial : plan.trials) {
    if (trials_.emplace(trial.key, &trial).second) keys_.push_back(trial.key);
  }
  for (const results::TrialState& state : database.trial_states(keys_)) {
    if (state.status == results::TrialState::Status::done)
      done_.insert(state.trial_key);
    else
      open_.insert(state.trial_key);
    // What made it fail in an earlier run may have been fixed.
    if (state.status == results::TrialState::Status::failed) database.retry_trial(state.trial_key);
  }
  outcome.trials = static_cast<int64_t>(keys_.size());
  outcome.found = static_cast<int64_t>(done_.size());
}

void TrialBoard::reopen(const std::string& key) {
  if (done_.erase(key)) open_.insert(key);
}

void TrialBoard::close(const std::string& key) {
  open_.erase(key);
  done_.insert(key);
}

void TrialBoard::merge(const task::Task& task) {
  const results::MergeReport report =
      database_.merge(task.part_path, run_id_,
                      [this](const std::string& key, std::span<const results::Exposure> all) {
                        const PlannedTrial& finished = trial(key);
                        return catalogue_.of({key, finished.data}, all, results::Reader(database_));
                      });
  for (const std::string& key : report.finished_trials) {
    if (!open_.contains(key)) continue;
    close(key);
    ++outcome_.computed;
  }
}

void TrialBoard::say_failure(const PlannedTrial& trial, const task::TaskFailure& failure) {
  // Seeds of a variant fail alike; one line says it.
  const std::string what = fmt::format("{}|{}|{}|{}", trial.variant, trial.dataset, failure.place,
                                       name_of(failure.kind));
  if (!settings_.say_failure || !said_.insert(what).second) return;
  settings_.say_failure(fmt::format("{} failed: {}", trial.label(), failure_text(failure)));
}

void TrialBoard::fail(const std::string& key, const std::string& task_kind,
                      const task::TaskFailure& failure) {
  if (open_.erase(key)) record(key, task_kind, failure);
}

void TrialBoard::fail_done(const std::string& key, const task::TaskFailure& failure) {
  record(key, "score", failure);
}

void TrialBoard::record(const std::string& key, const std::string& task_kind,
                        const task::TaskFailure& failure) {
  results::FailureRow row;
  row.trial_key = key;
  row.task = task_kind;
  row.stage = failure.place;
  row.plugin = failure.plugin;
  if (failure.batch >= 0) row.batch = failure.batch;
  row.kind = name_of(failure.kind);
  row.reason = failure.reason;
  database_.write(row);
  for (const PlannedTrial& trial : plan_.trials) {
    if (trial.key != key) continue;
    outcome_.failed.push_back({trial.variant, trial.dataset, trial.seed, failure});
    say_failure(trial, failure);
  }
}

void TrialBoard::fail_artifact(const std::string& artifact, const task::TaskFailure& failure) {
  for (const std::string& key : keys_) {
    const auto& artifacts = trial(key).artifacts;
    if (is_open(key) && std::ranges::count(artifacts, artifact)) fail(key, "fit", failure);
  }
}

}  // namespace assay::execution
