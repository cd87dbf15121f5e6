#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "dataset/loop_log.h"
#include "execution/plan.h"
#include "results/database.h"

namespace assay::execution {

/// Makes the logs of a loop (dataset/loop_log.h): what a day is fitted and served on follows from the
/// lists that its variant served on the days before, as the database keeps them.
class LoopLogs {
 public:
  /// All of them outlive this.
  LoopLogs(const Plan& plan, const results::Database& database);

  /// Whether the plan has any.
  bool empty() const { return by_path_.empty(); }
  /// Whether this file can be learnt from, or served from, now: what is no log of a loop always can;
  /// a log can once the trials of the days before are done, and is made then.
  /// @param done  whether the lists of a trial are all kept
  bool ready(const std::string& path, const std::function<bool(const std::string& trial)>& done);

 private:
  dataset::LoopClicks clicks_of(const PlannedTrial& trial) const;
  void add_day(const PlannedTrial& earlier, const PlannedTrial& trial,
               dataset::LoopClicks& out) const;

  const Plan& plan_;
  const results::Database& database_;
  std::map<std::string, const PlannedTrial*> by_key_;
  std::map<std::string, const PlannedTrial*> by_path_;  ///< one that is made of the same
  std::set<std::string> made_;
};

}  // namespace assay::execution
