#pragma once

/// Runs what an experiment still needs, and leaves it in the results database.

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "execution/executor.h"
#include "execution/machine_lock.h"
#include "execution/memory_plan.h"
#include "execution/plan.h"
#include "results/database.h"

namespace assay::execution {

/// How far a run is, for the progress line.
struct RunProgress {
  std::string phase;            ///< "smoke", "run", "score", "time"
  int64_t done = 0, total = 0;  ///< trials (phase run), else tasks
  double seconds = 0;           ///< since the phase began
  std::vector<RunningTask> running;
  /// What is not begun yet; none where a phase cannot say it.
  std::optional<std::vector<Work>> waiting;
  std::optional<TimeLeft> left;  ///< of the phase, where `waiting` is known
  double later_s = 0;            ///< of later phases, as far as it is known
};

struct RunSettings {
  std::string work_folder;  ///< for tasks and parts; emptied at the end of a whole run
  std::string command_line;
  std::string git_commit;
  std::string assay_version;
  std::string torch_version;
  bool smoke = true;
  bool retry_failed = true;  ///< trials that failed in an earlier run are tried again
  int jobs = 2;
  bool repeat_disturbed = true;  ///< rounds that the machine disturbed are timed again
  std::string timing_lock = MachineLock::default_path();  ///< of the timing pass; "": none
  RunMemory memory;  ///< what tasks need and may take; no limit by default
  std::function<void(const RunProgress&)> progress;  ///< called a few times a second
  std::function<void(const std::string&)> say;       ///< a line for the user
  /// A trial has failed, as it happens; the outcome has it again at the end.
  std::function<void(const std::string&)> say_failure;
  /// How its plugins were built and what their last checks found; kept with the run.
  std::vector<results::PluginStateRow> plugins;
  /// Where looks at test windows are logged over all files (execution/look_log.h); empty: nowhere.
  std::string look_log;
  /// Called in the transaction that begins the run, for what else has to be known of it from then on.
  std::function<void(int64_t run_id)> recorded;
  /// Said before the run began; kept with it.
  std::vector<std::string> warnings;
  /// 0 go on · 1 finish the tasks in hand, begin no other · 2 end at once
  const std::atomic<int>* stop = nullptr;
};

/// A trial that has no result, and why.
struct FailedTrial {
  std::string variant, dataset;
  std::optional<uint64_t> seed;
  task::TaskFailure failure;
};

struct RunOutcome {
  int64_t run_id = 0;
  int64_t trials = 0;          ///< of the experiment
  int64_t found = 0;           ///< done before
  int64_t computed = 0;        ///< done now
  int64_t scored = 0;          ///< got further metrics from their kept slates
  int64_t fits = 0;            ///< strategies fitted now
  int64_t strategy_tasks = 0;  ///< tasks that called a strategy
  std::vector<FailedTrial> failed;
  bool interrupted = false;
  int64_t remaining = 0;  ///< neither done nor failed (interrupted)
};

/// Runs a plan: smoke test, fits, evaluation, scores of kept slates, then timing alone on the
/// machine. Each finished task is merged at once; a run that ends early leaves what it has, and the
/// next one goes on from there. Throws UserError where the database cannot be written; what plugins
/// do wrong is in the outcome.
RunOutcome run_plan(const Plan& plan, results::Database& database, Executor& executor,
                    const RunSettings& settings);

}  // namespace assay::execution
