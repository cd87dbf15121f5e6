#pragma once

#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "execution/task_loop.h"
#include "execution/trial_board.h"

namespace assay::execution {

/// Throws UserError where a variant has a policy and the logged rows of a data set have no
/// propensities, naming the variant's place in the file; where an embedding is no item feature that is a
/// category; where a reward model has to predict a label that is a value.
void check_policies(const task::Experiment& experiment, const std::vector<PlannedData>& data);

/// Asks what the policies of done trials do with logged requests, shard by shard, as far as the file
/// does not know it. A policy that fails leaves its trial as it is: it has no estimates, and the next
/// run tries again.
class PolicyPhase {
 public:
  PolicyPhase(const Plan& plan, TrialBoard& board, results::Database& database,
              const RunSettings& settings, RunOutcome& outcome);

  TaskLoop::Hooks hooks();
  bool empty() const { return tasks_.empty(); }
  /// Keys of the fitted models that the tasks need.
  const std::set<std::string>& models() const { return models_; }

 private:
  /// Trials of a data set that share a policy; each once.
  using Trials = std::vector<const PlannedTrial*>;
  void add(size_t data, const task::PolicySpec& policy, const Trials& trials);
  void add_shard(size_t data, const task::PolicySpec& policy, const Trials& trials, int shard,
                 int shards);
  std::optional<task::Task> next(int64_t taken);
  void done(const TaskOutcome& outcome);
  void fail(const std::string& trial_key, const task::PolicySpec& policy,
            const task::TaskFailure& failure);
  int64_t requests(size_t data) const;
  std::string work_of(const task::PolicySpec& policy) const;

  const Plan& plan_;
  TrialBoard& board_;
  results::Database& database_;
  const RunSettings& settings_;
  RunOutcome& outcome_;
  std::set<std::string> models_;
  std::deque<task::Task> tasks_;
  std::set<std::pair<std::string, std::string>> failed_;  // trial and policy, told once
  int64_t total_ = 0, finished_ = 0;
};

}  // namespace assay::execution
