#pragma once

/// From an experiment to the work it takes: trials, the fits they share, the steps they share.

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "dataset/learning_log.h"
#include "dataset/prepare.h"
#include "execution/identity.h"
#include "task/task.h"

namespace assay::execution {

/// The log of its own that a day of a loop is fitted and served on (dataset/loop_log.h). It is made
/// while the plan is run.
struct PlannedLog {
  dataset::LearningLogRef of;
  std::vector<std::string> earlier;  ///< trials of the days before, the first one first
};

/// A variant on a data set under a seed.
struct PlannedTrial {
  std::string variant;
  std::string dataset;
  std::string fold = "all";
  std::optional<uint64_t> seed;  ///< none: no stage draws, the trial is run once
  std::string key;
  nlohmann::json spec;                      ///< `key` is its SHA-256
  size_t data = 0;                          ///< index into Plan::data
  std::vector<std::string> nodes;           ///< keys of its steps, in order; the last one is served
  std::vector<task::MeasuredStage> stages;  ///< `node` indexes `nodes`
  /// keys of every fit it needs, in an order in which they can be made
  std::vector<std::string> artifacts;
  /// place of a stage -> key of its artifact
  std::vector<std::pair<std::string, std::string>> places;
  std::optional<PlannedLog> log;  ///< none: it is served from its prepared data

  /// "diverse[lambda=0.3] on ml100k, fold 1, seed 2".
  std::string label() const;
};

/// A fit that some trial needs.
struct PlannedFit {
  std::string key;
  task::FitTask task;
  size_t data = 0;
  /// what it learns from, for FitTask: the prepared data, or a log of the variant's own
  /// (dataset/learning_log.h)
  std::string data_path;
  std::vector<std::string> needs;     ///< artifacts that must be there first
  std::vector<std::string> variants;  ///< who needs it, in the order of the file
  std::optional<uint64_t> seed;
  std::string label() const;
};

/// A prepared data set of the experiment, or one fold of it.
struct PlannedData {
  task::DatasetSpec spec;
  dataset::PreparedRef prepared;
  /// The models of off_policy.reward, one a fold; the workers that need them make them.
  std::vector<task::ServeNode> reward = {};
};

/// The values that a tuning has chosen for a variant on a data set.
struct TunedChoice {
  std::string variant, dataset;
  std::string tuning_key;  ///< in the results database
  int64_t number = 0;      ///< of the trial whose values they are
  task::VariantSpec spec;  ///< the variant with these values
};

struct Plan {
  task::Experiment experiment;
  std::vector<PlannedData> data;
  std::vector<PlannedTrial> trials;        ///< by data set, fold, variant, seed
  std::map<std::string, PlannedFit> fits;  ///< by artifact key
  /// by node key; `parents` unused, they are in node_parents
  std::map<std::string, task::ServeNode> nodes;
  std::map<std::string, std::vector<std::string>> node_parents;
  std::vector<TunedChoice> chosen;  ///< of the tuned variants, as far as they are
  /// Before the keys of its timing passes: results::kAttributionPass, so that what was timed for an
  /// attribution is not taken for times of the run that it asks about.
  std::string timing_prefix;

  /// The steps of these trials as one graph, parents first, and the trials' stages over it.
  struct Graph {
    std::vector<task::ServeNode> nodes;
    std::vector<task::TrialTask> trials;
  };
  Graph graph(const std::vector<const PlannedTrial*>& trials) const;
  /// The file that a trial is served from: its prepared data, or the log of its day.
  const std::string& served_from(const PlannedTrial& trial) const;
};

/// Where artifacts are kept, and what the build contributes to identities.
struct PlanSettings {
  std::string artifact_dir;
  std::string torch_version;
  /// Trials are of this window; of any other than test they are a tuning's.
  task::Window window = task::Window::test;
  int64_t validations = 0;  ///< FitTask::validations of every fit that validates
  std::vector<TunedChoice> chosen = {};
};

/// Lays out all trials of an experiment over its prepared data sets (one for each of
/// by_fold(experiment.datasets), same order). Throws UserError where a stage cannot learn (an
/// absent window), naming the place in the file.
Plan make_plan(const task::Experiment& experiment,
               const std::vector<dataset::PreparedRef>& prepared, const PlanSettings& settings);

/// The metrics that a trial's served slate gets, split by what they are computed from.
struct WantedMetrics {
  std::vector<task::MetricAt> per_request;
  std::vector<task::MetricAt> catalogue;
};
WantedMetrics wanted_metrics(const task::MetricsSpec& metrics);

}  // namespace assay::execution
