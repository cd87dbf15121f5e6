#pragma once

/// The tuning of one variant on one data set: what it is known by, what was tried, what comes next.

#include <memory>
#include <string>
#include <vector>

#include "execution/memory_plan.h"
#include "execution/plan.h"
#include "results/database.h"
#include "results/tuning_rows.h"
#include "tuning/search.h"

namespace assay::execution {

/// What tunings are planned with.
struct TuningContext {
  const task::Experiment& experiment;
  const std::vector<dataset::PreparedRef>& prepared;  ///< as make_plan takes them
  PlanSettings settings;                              ///< of the run
  AskFunctions ask;
};

/// A step, laid out as a trial on the validation window.
struct PlannedStep {
  tuning::Step step;
  Plan plan;  ///< with one trial
  const PlannedTrial& trial() const { return plan.trials.front(); }
};

/// On a data set in folds it is made on the first, whose validation window comes before all test
/// windows; under several seeds, with the first.
class TuningSearch {
 public:
  /// @param data  index into the context's data: a data set, or its first fold
  TuningSearch(const TuningContext& context, const task::VariantSpec& variant, size_t data);

  const task::VariantSpec& variant() const { return *variant_; }
  const task::Experiment& experiment() const { return experiment_; }
  const std::string& artifact_dir() const { return context_->settings.artifact_dir; }
  const std::string& dataset() const { return dataset_; }
  const std::string& key() const { return key_; }
  /// Canonical JSON: the trial with the first value of each parameter, what is searched and how. No
  /// budget: a larger one goes on where a smaller one ended.
  const std::string& spec() const { return spec_; }

  /// Takes what the database knows, as far as it is what this search would have tried.
  void recall(const results::Database& database);
  /// Steps of the next round that have no outcome yet; empty: the search has ended. A round is
  /// whole before the next one begins.
  std::vector<tuning::Step> open_steps() const;
  void add(const results::TuningTrialRow& row);

  const std::vector<tuning::Outcome>& outcomes() const { return outcomes_; }
  /// By number and rung.
  const std::vector<results::TuningTrialRow>& rows() const { return rows_; }
  /// What the variant gets; of a search without any value, the values of its first trial.
  TunedChoice choice() const;
  /// Keys of the fits of its best trials, as many as are kept.
  std::vector<std::string> kept_artifacts() const;

  /// Laid out; plugins are asked once for all.
  std::vector<PlannedStep> planned(const std::vector<tuning::Step>& steps) const;
  /// Larger is better.
  std::optional<double> judged(const results::TuningTrialRow& row) const;

 private:
  PlannedStep planned(const tuning::Step& step, const task::VariantSpec& variant) const;
  void close_rounds();
  const results::TuningTrialRow* row_of(const tuning::Step& step) const;

  const TuningContext* context_;
  const task::VariantSpec* variant_;
  std::vector<dataset::PreparedRef> prepared_;  // of the data set, all folds
  task::Experiment experiment_;                 // one variant, one data set
  std::string dataset_, key_, spec_;
  bool higher_is_better_ = true;
  std::vector<results::TuningTrialRow> rows_;
  std::vector<tuning::Step> round_;
  std::vector<tuning::Outcome> outcomes_;  // of whole rounds
};

/// One for each tuned variant on each data set, in the order of the plan, with what the database
/// (null: none) knows of it.
std::vector<std::unique_ptr<TuningSearch>> tuning_searches(const TuningContext& context,
                                                           const results::Database* database);

/// The choices of those that have ended.
std::vector<TunedChoice> choices_of(const std::vector<std::unique_ptr<TuningSearch>>& searches);

}  // namespace assay::execution
