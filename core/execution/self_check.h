#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "dataset/prepare.h"
#include "execution/run.h"
#include "execution/task_loop.h"

namespace assay::execution {

/// Has the harness check itself on the lists that trials kept (core/metrics/self_check.h): a task a
/// data set, of those served metrics that the run has no result of yet. Whatever comes of it, the
/// trials stay as they are.
class SelfCheck {
 public:
  /// @param warn  is told, in words, why a check could not be made
  SelfCheck(const task::Experiment& experiment, results::Database& database, int64_t run_id,
            const RunSettings& settings, std::function<void(const std::string&)> warn);

  /// A done trial; the first of a data set is checked, the next of another variant stands beside it.
  /// @param label  names it in messages
  void add(const dataset::PreparedRef& data, const std::string& variant,
           const std::string& trial_key, const std::string& label);

  /// Nothing to be added after this.
  TaskLoop::Hooks hooks();

 private:
  struct Subject {
    dataset::PreparedRef data;
    std::vector<std::string> variants;
    std::vector<task::TrialTask> trials;
  };
  void lay_out();
  std::vector<task::MetricAt> missing(const std::string& hash) const;
  std::optional<task::Task> next(int64_t taken);
  void done(const TaskOutcome& outcome);

  const task::Experiment& experiment_;
  results::Database& database_;
  int64_t run_id_;
  const RunSettings& settings_;
  std::function<void(const std::string&)> warn_;
  std::map<std::string, Subject> subjects_;  // by hash
  std::deque<task::Task> tasks_;
  int64_t total_ = 0, finished_ = 0;
};

}  // namespace assay::execution
