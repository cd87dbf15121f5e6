#pragma once

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "execution/task_loop.h"
#include "execution/trial_board.h"

namespace assay::execution {

/// The timing pass: one task at a time. Rounds are interleaved over the variants, forwards and
/// backwards in turn (ABBA), so that a drift of the machine falls on all of them alike; the
/// baseline is timed twice a round, and how far apart its two times are is the noise floor. One
/// more round times the stages one by one. Rounds that the machine disturbed are timed again at the
/// end, twice at most, until `latency.repeat_s` is spent; a repetition takes the place of its round.
class TimingPhase {
 public:
  TimingPhase(const Plan& plan, TrialBoard& board, results::Database& database,
              const RunSettings& settings, RunOutcome& outcome);

  TaskLoop::Hooks hooks();
  bool empty() const { return tasks_.empty() && again_.empty(); }
  /// Keys of the fitted models that the rounds need.
  const std::set<std::string>& models() const { return models_; }
  /// What the machine did to the rounds, for people; empty where none was disturbed.
  std::string busy_text() const;

  /// What is compared has one key: trials, how they are hosted, scenarios, rounds and settings of
  /// one data set.
  static std::string timing_key(const Plan& plan, const std::vector<const PlannedTrial*>& trials);

 private:
  void plan_data(size_t data);
  void plan_round(const std::vector<const PlannedTrial*>& trials, const std::string& key,
                  const task::ScenarioSpec& scenario, int round, bool by_stage);
  /// The row that the file has of the round, if any.
  const results::LatencySamples* kept(const std::string& trial_key, const task::TimeTask& time);
  /// Whether another variant with the same trial, hosted alike, has the round planned already.
  bool is_planned(const PlannedTrial& trial, const task::TimeTask& time);
  /// What the deadlines of a variant fall back to, by its name in the file; none where one of them
  /// was not fitted.
  std::optional<std::map<std::string, task::ServeNode>> fallbacks(const PlannedTrial& trial);
  void refuse(const PlannedTrial& trial, const task::DeadlineSpec& deadline,
              const std::string& plugin);
  void add(const PlannedTrial& trial, const std::string& key, const task::ScenarioSpec& scenario,
           int round, bool repeat, bool by_stage);
  std::optional<task::Task> next();
  void done(const TaskOutcome& outcome);
  void judge(const task::Task& task);
  bool may_repeat() const;

  const Plan& plan_;
  TrialBoard& board_;
  results::Database& database_;
  const RunSettings& settings_;
  RunOutcome& outcome_;
  std::string baseline_;
  std::map<std::string, std::vector<results::LatencySamples>>
      timed_;                      // by trial, what the file holds
  std::set<std::string> refused_;  // trials whose fallbacks are missing
  std::set<std::string> models_;
  std::set<std::string> planned_;  // rounds: variants that share a trial are played together
  std::deque<task::Task> tasks_;
  std::deque<task::Task> again_;                  // disturbed rounds
  std::map<std::string, int> repetitions_;        // by the place of the round, of those begun
  std::map<std::string, std::string> disturbed_;  // what disturbed the round, where it still counts
  double repeated_s_ = 0;
  int64_t planned_tasks_ = 0;
  int64_t total_ = 0, finished_ = 0;
};

}  // namespace assay::execution
