#pragma once

/// What the coordinator asks of a worker: one task, one JSON file, one part. Everything is
/// resolved; a worker needs no experiment file, no data catalogue and no search path, so that a
/// task can be sent to another machine or run under gdb.

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "task/experiment.h"

namespace assay::task {

/// Anything that changes the bits which our own code computes gets a new number; it is part of
/// every identity.
inline constexpr int kNumericsVersion = 2;

/// A fitted strategy in the cache.
struct ArtifactRef {
  std::string key;   ///< content identity
  std::string path;  ///< safetensors file
};

struct FittedInput;

/// A declared part of a stage's fit.
struct FittedPart {
  std::string name;
  nlohmann::json params = nlohmann::json::object();  ///< those that it depends on
  ArtifactRef artifact;
};

/// A stage with the place of its fitted state, and the fitted stages it calls.
struct FittedStage {
  StageSpec stage;  ///< `inputs` emptied: they are below, resolved
  ArtifactRef artifact;
  uint64_t fit_seed = 0;  ///< 0 where fitting draws nothing
  /// How many earlier folds of walk_forward there are: it is fitted on what the first of them may
  /// learn from, then updated with what each later one may learn beside; 0 where it is only fitted.
  int64_t updates = 0;
  std::vector<FittedInput> inputs;
  std::vector<FittedPart> parts;  ///< what its fit is handed
};

/// The stage that makes a part of `user`: the same strategy with the parameters of the part alone,
/// without inputs and without chance.
FittedStage stage_of_part(const FittedStage& user, const FittedPart& part);

struct FittedInput {
  std::string name;
  FittedStage stage;
};

/// One step of serving. Steps form a graph in which parents come first; what several variants share
/// is there once.
struct ServeNode {
  enum class Step { recall, lists, merge, rank, rerank };
  Step step = Step::recall;
  /// none for recall and lists; the sources for merge; one for rank and rerank
  std::vector<int64_t> parents;
  FittedStage fitted;       ///< unused for merge; for lists only `stage` is
  MergeSpec merge;          ///< merge only
  uint64_t serve_seed = 0;  ///< 0 where serving draws nothing
  std::string place;        ///< "recall[0]", "merge", "rank[0]", ...
  /// lists only: them, cut to the requests of the data; no key where that of the data covers them
  ArtifactRef lists;
};

/// One output of a trial's chain that is measured.
struct MeasuredStage {
  std::string name;  ///< "recall[0]", "recall", "rank", "rerank", "served", ...
  int64_t node = 0;
  bool served = false;  ///< cut at serve_size, all metrics; else the pool metrics
};

struct TrialTask {
  std::string trial_key;
  std::string label;  ///< "diverse[lambda=0.3] on ml100k, seed 2", for messages
  std::vector<MeasuredStage> stages;
};

/// Makes one artifact.
struct FitTask {
  FittedStage target;
  std::string part;  ///< makes this part (`target` is a stage_of_part); empty: fits the stage
  std::vector<Window> windows;  ///< what it learns from
  bool refit = false;           ///< final refit: validate() is NaN
  /// final refit of a stage that validates: the fit that validated; what it chose is
  /// FitContext::chosen()
  std::optional<ArtifactRef> validated;
  bool trial = false;  ///< of a smoke test: FitContext::trial()
  /// of a tuning: once it has validated so often it is asked to stop; 0: no bound
  int64_t validations = 0;
  /// makes the labelled candidates; the last node is what the stage is given
  std::vector<ServeNode> upstream;
  std::vector<Window> label_windows;  ///< windows whose requests are labelled; empty: none
  int64_t share = 0,
          shares = 1;  ///< users of the label windows are dealt out among learning stages
  int64_t serve_size = 20;
  MetricAt primary;  ///< validate() is its mean
  /// measured on the same sample once the stage is fitted; values of a list and its relevant items
  std::vector<MetricAt> measured;
  int64_t validation_requests = 1000;  ///< size of the fixed sample
  uint64_t sample_seed = 1;
  std::string checkpoint_path;
};

/// Serves a shard of requests with several variants at once and measures what they serve.
struct EvaluateTask {
  Window window = Window::test;
  std::vector<ServeNode> nodes;
  std::vector<TrialTask> trials;
  int64_t serve_size = 20;
  MetricsSpec metrics;
  std::vector<Window> train_windows;  ///< what novelty and the like count in
  std::string work =
      "evaluate";  ///< "evaluate:<id>" where metrics are added to a trial that is done
  int shard = 0, shards = 1;
  int64_t first_request = 0, requests = 0;
};

/// A trial fit is asked to stop (FitContext::stop_requested) after this; what is known to take less
/// is not tried, but fitted for real.
inline constexpr double kTrialSeconds = 1;
/// It is ended after this, where it heeds nothing.
inline constexpr double kTrialEndSeconds = 10;

/// Tries every step on a hundredth of the users and one batch; nothing is kept but failures.
struct SmokeTask {
  /// what is in the cache is taken from there, every other stage is fitted in memory
  std::vector<ServeNode> nodes;
  std::vector<TrialTask> trials;
  FitOn fit_on;
  int64_t serve_size = 20;
  double share = 0.01;
  uint64_t sample_seed = 1;
};

/// Measures slates that were kept.
struct ScoreTask {
  std::string database;  ///< results file that holds the slates
  std::vector<TrialTask> trials;
  Window window = Window::test;
  std::vector<MetricAt> metrics;
  std::vector<PluginMetric> own;  ///< of `metrics`
  std::vector<Window> train_windows;
  std::string work;  ///< id of this set of metrics
};

/// One round of one variant under one load scenario.
struct TimeTask {
  std::vector<ServeNode> nodes;
  TrialTask trial;
  Window window = Window::test;
  ScenarioSpec scenario;
  std::string timing_key;
  int round = 0;
  bool baseline_repeat = false;
  bool by_stage = false;  ///< with inner synchronisation, for the shares of the stages
  int64_t warmup_requests = 50;
  int64_t serve_size = 20;
  ServingSpec serving;                         ///< takes effect under the scenario server only
  std::map<std::string, ServeNode> fallbacks;  ///< recall stages that `serving` names, by that name
  uint64_t arrival_seed = 1;                   ///< server: of the arrivals, with `round`
};

struct Task {
  std::string id;         ///< unique within a run; also the part's name
  std::string label;      ///< "fit ease for control, seed 2", for progress and messages
  std::string data_path;  ///< prepared data
  std::string part_path;
  NumericSpec numeric;
  LimitsSpec limits;
  int64_t memory_bytes = 0;    ///< what its worker may take for it; 0: as the worker was started
  std::optional<FitTask> fit;  ///< exactly one of these is set
  std::optional<EvaluateTask> evaluate;
  std::optional<SmokeTask> smoke;
  std::optional<ScoreTask> score;
  std::optional<TimeTask> time;

  /// "fit", "evaluate", "smoke", "score" or "time".
  std::string kind() const;
};

void to_json(nlohmann::json& out, const Task& value);
void from_json(const nlohmann::json& in, Task& value);

/// Writes and reads a task file. Reading throws UserError naming the path where it is no task of
/// this version.
void write_task(const Task& task, const std::string& path);
Task read_task(const std::string& path);

}  // namespace assay::task
