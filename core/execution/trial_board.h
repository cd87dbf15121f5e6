#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "execution/catalogue_values.h"
#include "execution/plan.h"
#include "execution/run.h"
#include "results/database.h"

namespace assay::execution {

/// Where every trial of a run stands, and what is written when that changes. Two variants with the
/// same chain share one trial: everything here goes by trial key.
class TrialBoard {
 public:
  TrialBoard(const Plan& plan, results::Database& database, int64_t run_id,
             const RunSettings& settings, RunOutcome& outcome);

  const PlannedTrial& trial(const std::string& key) const { return *trials_.at(key); }
  /// Keys in the order of the plan, each once.
  const std::vector<std::string>& keys() const { return keys_; }
  /// Neither done nor failed.
  bool is_open(const std::string& key) const { return open_.contains(key); }
  bool is_done(const std::string& key) const { return done_.contains(key); }
  int64_t open() const { return static_cast<int64_t>(open_.size()); }

  /// A done trial that lacks metrics of its stages is open again.
  void reopen(const std::string& key);
  /// Takes in what a task left.
  void merge(const task::Task& task);
  /// A trial fails: recorded, said, and no longer open.
  void fail(const std::string& key, const std::string& task_kind, const task::TaskFailure& failure);
  /// A further metric of a done trial could not be computed: recorded and said. What it has stays,
  /// and the next run tries again.
  void fail_done(const std::string& key, const task::TaskFailure& failure);
  /// Every open trial that needs this artifact fails.
  void fail_artifact(const std::string& artifact, const task::TaskFailure& failure);

 private:
  void record(const std::string& key, const std::string& task_kind,
              const task::TaskFailure& failure);
  void close(const std::string& key);
  void say_failure(const PlannedTrial& trial, const task::TaskFailure& failure);

  const Plan& plan_;
  results::Database& database_;
  int64_t run_id_;
  const RunSettings& settings_;
  RunOutcome& outcome_;
  std::map<std::string, const PlannedTrial*> trials_;
  std::vector<std::string> keys_;
  std::set<std::string> open_, done_, said_;
  CatalogueValues catalogue_;
};

}  // namespace assay::execution
