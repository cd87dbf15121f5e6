#pragma once

#include <list>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "execution/crash_count.h"
#include "execution/loop_logs.h"
#include "execution/task_loop.h"
#include "execution/trial_board.h"

namespace assay::execution {

/// Fits and evaluates what is open on the board: each missing artifact once, then requests shard by
/// shard, several variants together where they share steps.
class ComputePhase {
 public:
  /// @param first  fits (keys) to be made before the others: nobody has tried them, so what is wrong
  ///               with them should show soon
  ComputePhase(const Plan& plan, TrialBoard& board, results::Database& database,
               const RunSettings& settings, RunOutcome& outcome,
               const std::set<std::string>& first = {});

  TaskLoop::Hooks hooks();

 private:
  enum class Fit { missing, running, done, failed };
  /// A shard of requests for a group of trials that share recall steps.
  struct Unit {
    size_t data = 0;
    std::string path;  ///< what it is served from
    std::vector<std::string> trials;
    std::string work;
    int shard = 0;
    int64_t first_request = 0, requests = 0;
    bool retried = false;
  };

  void find_fits(const std::set<std::string>& first);
  void find_units();
  void add_units(size_t data, const std::string& path, const std::vector<std::string>& group,
                 const std::string& work);
  int shards(size_t data) const;
  int64_t requests(size_t data) const;  ///< of the test window
  int64_t shard_size() const;           ///< requests of a shard; the last one has what is left
  std::vector<Work> waiting() const;

  std::optional<task::Task> next(int64_t taken);
  std::optional<task::Task> next_fit(int64_t taken);
  std::optional<task::Task> next_unit(int64_t taken);
  int64_t need(const Unit& unit) const;
  task::Task task(size_t data, const std::string& kind, const std::string& label);
  task::Task evaluate_task(const Unit& unit);
  bool is_part(const std::string& artifact) const;
  bool is_needed(const std::string& artifact) const;
  bool is_ready(Unit& unit);
  bool is_there(const std::string& path);
  void fail_after_lost_days();

  void done(const TaskOutcome& outcome);
  void fit_done(const TaskOutcome& outcome);
  void unit_done(const TaskOutcome& outcome, Unit unit);
  void fail_below(const TaskOutcome& outcome, const task::TaskFailure& failure);
  void without_culprit(Unit unit, const task::TaskFailure& failure);
  void count_crashes(const TaskOutcome& outcome);
  bool uses(const PlannedTrial& trial, const std::string& plugin) const;

  const Plan& plan_;
  TrialBoard& board_;
  results::Database& database_;
  const RunSettings& settings_;
  RunOutcome& outcome_;
  std::map<std::string, Fit> fits_;
  std::vector<std::string> fit_order_;
  std::set<std::string> tried_again_;  ///< fits whose worker ended where no plugin was to blame
  std::list<Unit> units_;
  std::map<std::string, Unit> running_units_;  // by task id
  CrashCount crashes_;
  LoopLogs logs_;
  int64_t next_id_ = 0;
};

}  // namespace assay::execution
