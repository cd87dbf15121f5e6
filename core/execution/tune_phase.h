#pragma once

/// The phase of a run that tunes: fits and judges the trials of all searches, on the validation
/// window, and keeps a row of each.

#include <list>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "execution/run.h"
#include "execution/task_loop.h"
#include "execution/tuning_search.h"

namespace assay::execution {

class TunePhase {
 public:
  /// All of them outlive this.
  /// @param settings  told what the fits of the trials need
  /// @param keep      fits that stay in the cache whatever their trials are worth
  TunePhase(std::vector<std::unique_ptr<TuningSearch>>& searches, results::Database& database,
            RunSettings& settings, const AskFunctions& ask, std::set<std::string> keep);

  TaskLoop::Hooks hooks();

 private:
  enum class Fit { running, done, failed };
  /// A step while it is tried.
  struct Attempt {
    TuningSearch* search = nullptr;
    PlannedStep planned;
    std::vector<std::string> missing;  ///< fits to make, each after what it needs
    results::TuningTrialRow row;
    bool evaluating = false;
  };

  void begin_steps();
  void learn_needs(const std::vector<PlannedStep>& planned);
  void begin(TuningSearch& search, PlannedStep planned);
  std::optional<task::Task> next(int64_t taken);
  std::optional<task::Task> next_fit(Attempt& attempt, int64_t taken);
  bool is_fitted(const Attempt& attempt, const std::string& key) const;
  task::Task task(const Attempt& attempt, const std::string& kind, const std::string& label);
  task::Task evaluate_task(Attempt& attempt);

  void done(const TaskOutcome& outcome);
  void fit_done(const TaskOutcome& outcome);
  void evaluate_done(const TaskOutcome& outcome, Attempt& attempt);
  static void add_fit(Attempt& attempt, const std::string& key);
  void finish(Attempt& attempt);
  void fail(Attempt& attempt, const task::TaskFailure& failure);
  void remove_models(const TuningSearch& search);

  std::vector<std::unique_ptr<TuningSearch>>& searches_;
  results::Database& database_;
  RunSettings& settings_;
  AskFunctions ask_;
  std::set<std::string> keep_;
  const std::vector<results::ArtifactRow> earlier_;
  std::list<Attempt> attempts_;
  std::map<std::string, Fit> fits_;
  std::map<std::string, Attempt*> judging_;  // by task
  int64_t next_id_ = 0, finished_ = 0, total_ = 0;
};

}  // namespace assay::execution
