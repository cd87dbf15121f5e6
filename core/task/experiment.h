#pragma once

/// An experiment after everything was resolved: includes merged, variants extended, grids expanded,
/// defaults filled in, plugins found. What config makes, execution plans and the worker runs. Plain
/// data with JSON both ways.

#include <assay/params.h>

#include <cstdint>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "task/data_scope.h"
#include "task/plugin_info.h"
#include "task/settings.h"

namespace assay::task {

struct Chain;

/// Parts of an experiment that few need, each in a header of its own.
struct SimulatorSpec;   // simulator_spec.h
struct PerturbSpec;     // feedback_spec.h
struct AugmentSpec;     // feedback_spec.h
struct LoopSpec;        // feedback_spec.h
struct FeatureSetSpec;  // feature_spec.h
struct OffPolicySpec;   // off_policy_spec.h

/// One fitted stage that another stage uses (`inputs:` of the file).
struct InputSpec;

/// A declared part of a plugin's fit (ParamPart of assay/params.h).
struct StagePart {
  std::string name;
  std::vector<std::string> params;  ///< the parameters that it depends on
};

/// One stage of a variant: a strategy with its effective parameters.
struct StageSpec {
  PluginKind kind = PluginKind::recall;
  int index = 0;        ///< place among the stages of its kind in its variant
  std::string plugin;   ///< strategy name; empty for a source of ranked lists
  std::string library;  ///< path of the shared library
  std::string library_sha256;
  std::string version;
  nlohmann::json params = nlohmann::json::object();  ///< effective: every declared parameter
  std::map<std::string, std::string> file_sha256;  ///< parameter name -> hash of the file it names
  std::vector<InputSpec> inputs;
  std::string lists;  ///< name of an imported ranked list (`{lists: name, k: 200}`), or empty
  int64_t k = 0;  ///< recall: candidates a request · rank: how many are kept · rerank: slate size
  PluginTraits traits;  ///< with these parameters: what the plugin's functions of them say included
  PluginFunctions functions;     ///< which of them there are
  std::vector<StagePart> parts;  ///< what of its fit is made beforehand
  /// recall: fitted anew for each fold of walk_forward; else the first fold's model goes on and is
  /// updated, fold by fold, with the events in between.
  bool refit = true;
  DataScope sees;
  /// rank: what the host computes for its candidates; null: nothing.
  std::shared_ptr<const FeatureSetSpec> features;
  /// recall: answers in this source's place for the users and requests that it does not know; null:
  /// nobody does.
  std::shared_ptr<const StageSpec> unknown;
  std::string where;  ///< place in the file, for messages; no part of any identity

  /// "recall[0]".
  std::string place() const;
};

/// How several recall sources become one candidate list.
struct MergeSpec {
  MergeMethod method = MergeMethod::reciprocal_rank;
  nlohmann::json params =
      nlohmann::json::object();  ///< reciprocal_rank: {"k0": 60, "weights": [..] or absent}
  int64_t k = 0;                 ///< candidates kept; 0 keeps all
};

/// Recall sources, merged, then rank stages, then rerank stages.
struct Chain {
  std::vector<StageSpec> recall;
  MergeSpec merge;
  std::vector<StageSpec> rank;
  std::vector<StageSpec> rerank;
};

struct InputSpec {
  std::string name;  ///< the parameter declared with p.input
  StageSpec stage;
  /// what comes before a rank or rerank stage; null for recall stages
  std::shared_ptr<const Chain> upstream;
};

/// What a host does about a stage that takes too long. The stage itself cannot be stopped: its
/// instance stays busy until it returns, and what it returns then is thrown away.
struct DeadlineSpec {
  std::string stage;  ///< "rank[0]"
  double ms = 0;      ///< from the start of the stage
  /// What is answered instead: `given`, the list that the stage was given, or a recall stage of any
  /// variant, "cheap.recall[0]", which is asked then.
  std::string fallback = "given";
};

/// How a variant is hosted under the scenario `server`. It changes what serving costs and how often
/// it degrades, never what is computed: in the key of a timing, not of a trial.
struct ServingSpec {
  int64_t instances = 1;       ///< of every stage; each serves one batch at a time
  int64_t queue = 0;           ///< requests that may wait, more are shed; 0: no bound
  int64_t cache_capacity = 0;  ///< answers kept, least recently used go first; 0: no cache
  double cache_ttl_s = 0;      ///< time to live of an answer; 0: no expiry
  int64_t batch_size = 1;      ///< most requests of one batch
  double batch_wait_ms = 0;    ///< how long the first request of a batch waits for others
  std::vector<DeadlineSpec> deadlines;
  int64_t breaker_after = 0;  ///< overruns in a row after which a stage is left out; 0: never
  double breaker_open_s = 1;  ///< for how long, until one batch tries it again
};

/// A parameter whose value the tuning chooses.
struct TunedParam {
  std::string stage;                                 ///< "recall[0]"
  std::string name;                                  ///< of the parameter
  nlohmann::json choices = nlohmann::json::array();  ///< its values, or none: it has a range
  double low = 0;
  double high = 0;   ///< included
  bool log = false;  ///< drawn evenly on a logarithmic scale
  bool integer = false;
  std::string where;  ///< place in the file, for messages
};

/// How a variant would have acted on logged requests, for estimates of what it would have earned.
/// Part of no trial's key: what is served does not depend on it.
struct PolicySpec {
  PolicyKind kind = PolicyKind::stages;
  double temperature = 1;  ///< softmax: scores are divided by it
  double epsilon = 0.1;    ///< epsilon_greedy: share of requests that get any allowed item
};

struct VariantSpec {
  std::string name;  ///< grid members carry their values: diverse[lambda=0.3]
  std::string description;
  Chain chain;
  ServingSpec serving;
  std::vector<TunedParam> tuned;  ///< empty: every value stands in the file
  std::optional<PolicySpec> policy;
  std::shared_ptr<const PerturbSpec> perturb;  ///< null: it learns from the log as it is
  std::shared_ptr<const AugmentSpec> augment;  ///< null: nothing is added to what it learns from
  std::string where;
};

/// When an event counts as positive. No bound set: every event with a value in the column does.
struct TargetSpec {
  std::string name;
  std::string column;
  std::optional<double> at_least;
  std::optional<double> at_most;
  std::optional<double> equals;
  std::optional<std::string> equals_text;  ///< of a column of texts; excludes the bounds above
};

struct FilterSpec {
  int64_t min_user_events = 0;
  int64_t min_item_events = 0;
  int64_t k_core = 0;                      ///< iterative; 0 is off
  FilterScope scope = FilterScope::train;  ///< the window that is counted: train, or all (audited)
};

/// What is taken out first (dataset/clean.h); nothing by default, and 0 is off.
struct CleanSpec {
  bool duplicates = false;
  bool missing_values = false;
  std::optional<double> value_at_least;
  std::optional<double> value_at_most;
  int64_t max_user_events = 0;
  int64_t max_events_per_hour = 0;
  double min_gap_entropy = 0;  ///< bits
  bool missing_times = false;  ///< drops rows without a time, which are an error otherwise
};

struct SplitSpec {
  SplitMethod method = SplitMethod::global_time;  ///< as in dataset/split.h
  double rank = 0.05;  ///< shares; events a user for leave_last_out and leave_k_out
  double validation = 0.05;
  double test = 0.1;
  SplitBoundary boundary =
      SplitBoundary::time;          ///< where time is cut: equal times stay together, or not (row)
  SplitOver over = SplitOver::all;  ///< all events, or positives only
  std::string train_path;           ///< given: files, relative to the data set's folder
  std::string test_path;
  int64_t multiplier = 2654435761;  ///< row_hash
  int64_t modulus = 5;
  int64_t test_residue = 0;
  int64_t folds = 3;  ///< walk_forward
  /// walk_forward: the fold that is meant, 1 to `folds`; 0 where a data set stands for all of them.
  int64_t fold = 0;
};

struct EvaluateOn {
  Population users = Population::all;  ///< all, warm (has a training event), cold
  Population items = Population::all;  ///< which truth items count
};

/// A file with features of users or items, a row an id.
struct FeatureFileSpec {
  std::string of;      ///< user, item
  std::string path;    ///< absolute; in the catalogue relative to the data set's folder
  std::string format;  ///< csv, tsv, jsonl, parquet, json_map, npy, safetensors
  std::string id;      ///< column of the ids; json_map: unused; npy and safetensors: path of a file
                       ///< with an id a line, or empty where row r is of the id r
  std::map<std::string, std::string> columns;  ///< column or tensor -> category, number, set,
                                               ///< vector, text
  std::string separator = "|";  ///< text formats: between the members of a set or a vector
  std::string where;            ///< place in the file, for messages; no part of any identity
};

/// A file of ranked lists that another tool made.
struct ListSpec {
  std::string path;              ///< absolute
  std::optional<ListTies> ties;  ///< absent: by rank where the file has ranks, else by line
  /// Of a table: role (user, item, score, rank) -> column; a role that is absent has its own name.
  std::map<std::string, std::string> columns;
};

/// How times are written, where the file of the experiment says so.
struct TimeFormat {
  std::string unit;    ///< of numbers: s, ms, us, ns or day; "": s
  std::string format;  ///< of texts, as strftime has it: "%d/%m/%Y %H:%M"; "": ISO 8601
  std::string zone;    ///< IANA name of the zone of texts that name none; "": UTC
  bool operator==(const TimeFormat&) const = default;
};

/// A table of logged rows: what was shown to whom, and what came of it (ingest/impressions.h).
struct ImpressionsSpec {
  std::string path;                 ///< file or folder, absolute
  std::string format;               ///< csv, tsv, jsonl, parquet, or a data set's own
  std::string delimiter = ",";      ///< csv
  std::vector<std::string> header;  ///< names of the columns of a file without a header line
  /// Role (request, user, item, time, position, propensity, allowed) -> column.
  std::map<std::string, std::string> columns;
  TimeFormat time;
  std::vector<std::string> item_from;  ///< columns whose distinct rows are the items, without ids
  std::vector<TargetSpec> labels;      ///< at least one
  std::vector<std::string> context;    ///< columns that are known before the answer
  std::string where;
};

struct DatasetSpec {
  std::string name;    ///< as in the file; no part of any identity
  std::string source;  ///< name in the data catalogue, or empty
  std::string path;    ///< file or folder, absolute
  std::string format;  ///< recbole, csv, tsv, jsonl, parquet, user_items, sequences, or a data
                       ///< set's own (see ingest/named_formats.h)
  /// csv: role (user, item, time, value, ...) -> column
  std::map<std::string, std::string> columns;
  TimeFormat time;
  std::vector<std::string>
      header;                   ///< csv, tsv: names of the columns of a file without a header line
  std::string delimiter = ",";  ///< csv
  std::vector<FeatureFileSpec> features;
  std::vector<TargetSpec> targets;  ///< empty: every event is positive
  CleanSpec clean;
  FilterSpec filter;
  SplitSpec split;
  EvaluateOn evaluate_on;
  std::map<std::string, ListSpec> lists;  ///< by the name that recall sources call them by
  std::optional<ImpressionsSpec> impressions;
  std::shared_ptr<const SimulatorSpec> simulator;  ///< null: the events lie in files
  std::vector<std::string> allow_leak;             ///< reasons given in the file
  std::string where;
};

/// Which windows each kind of stage learns from.
struct FitOn {
  std::vector<Window> recall = {Window::train};
  std::vector<Window> rank = {Window::rank};
  std::vector<Window> final;  ///< before the test; empty: same as recall
};

struct TrafficSpec {
  RequestUnit requests =
      RequestUnit::per_user;  ///< per_user, per_event, per_session (dataset/requests.h)
  CandidateSource candidates = CandidateSource::retrieved;
  int64_t session_gap_s = 1800;  ///< per_session: a longer pause ends a session
  int64_t history_length = -1;   ///< -1: all of it
  std::vector<Window> exclude_seen = {Window::train, Window::rank, Window::validation};
};

/// A metric at a cutoff. cutoff 0: no cutoff applies.
struct MetricAt {
  std::string definition;  ///< full definition id
  int64_t cutoff = 0;
  auto operator<=>(const MetricAt&) const = default;
};

/// A metric that a plugin brings (its kind is `metric`), as an experiment names it.
struct PluginMetric {
  /// "my_metric{power=0.5,library=0123456789ab}", see metric_catalog/plugin_metric.h
  std::string definition;
  std::string plugin;
  std::string version;
  std::string library;  ///< path of the shared library
  std::string library_sha256;
  nlohmann::json params = nlohmann::json::object();  ///< effective: every declared parameter
  std::string unit;
  std::string doc;
  bool higher_is_better = true;
};

struct MetricsSpec {
  std::vector<MetricAt> served;  ///< everything computed on the served slate
  std::vector<MetricAt> pool;    ///< computed on the candidate lists of every stage
  MetricAt primary;
  std::vector<PluginMetric> own;    ///< those of `served`, `pool` and `primary` that plugins bring
  std::vector<std::string> slices;  ///< as task/slice.h writes them
};

struct ScenarioSpec {
  ScenarioKind kind = ScenarioKind::single_stream;
  int64_t requests = 0;    ///< 0: as many as the scenario's default
  int64_t batch_size = 0;  ///< offline
  double rate_qps = 0;     ///< server
  double duration_s = 0;   ///< server
};

struct LatencySpec {
  int64_t rounds = 0;  ///< 0: no timing pass
  int64_t warmup_requests = 50;
  std::vector<ScenarioSpec> scenarios;
  double repeat_s = 60;  ///< time that may be spent on rounds again that the machine disturbed
};

struct GuardrailSpec {
  std::string metric;                           ///< latency_ms, or a metric as in `metrics`
  double quantile = 0;                          ///< latency only
  std::string scenario;                         ///< latency only
  std::optional<double> max_increase;           ///< absolute, in the metric's unit
  std::optional<double> max_increase_relative;  ///< 0.1 for "10%"
  std::optional<double> max_decrease;
  std::optional<double> max_decrease_relative;
};

struct CompareSpec {
  std::string baseline;  ///< empty: the first variant
  std::string unit = "user";
  double alpha = 0.05;
  double margin = 0;  ///< margin of equivalence; 0: not given
  double power = 0.8;
  int64_t resamples = 10000;
  std::vector<GuardrailSpec> guardrails;
  /// Smallest difference of interest of a metric that is not the primary one, by the name that the
  /// file gives it: smaller ones earn no words.
  std::map<std::string, double> smallest_differences;
};

/// A metric that `assay gate` asks about, and what a candidate may lose of it.
struct GateMetric {
  std::string metric;
  std::optional<double> tolerated_loss;           ///< in the metric's unit
  std::optional<double> tolerated_loss_relative;  ///< 0.01 for "1%"
};

/// Rules of `assay gate`. Without metrics they are the primary one with compare.margin, and the
/// guardrails.
struct GateSpec {
  std::vector<GateMetric> metrics;
  int64_t min_requests = 0;            ///< fewer are never judged
  std::optional<double> largest_gain;  ///< a larger one is suspicious, in the metric's unit
  std::optional<double> largest_gain_relative;
};

/// What may change a computed bit; recorded, and part of every trial's identity.
struct NumericSpec {
  Device device = Device::cpu;  ///< cpu or cuda (auto is resolved by the coordinator)
  int64_t threads = 1;          ///< of one task; independent of the number of workers
  bool tf32 = false;
  std::string dtype = "float32";
  int64_t batch_size = 1024;  ///< requests a batch; a multiple of 64
};

/// A stage that goes beyond a limit fails its variant.
struct LimitsSpec {
  double fit_s = 3600;
  double batch_s = 60;    ///< one stage, one batch
  double memory_gib = 0;  ///< of a worker's address space beyond its start; 0: no limit
  double cache_gib = 0;   ///< of the cache of data and models; 0: as the environment says, or none
};

/// How the values of `TunedParam` are chosen, on the validation window.
struct TuneSpec {
  TuneMethod method = TuneMethod::tpe;
  int64_t trials = 30;  ///< at most, of each variant
  double seconds = 0;   ///< at most, of each variant; 0: no bound
  MetricAt metric;
  uint64_t seed = 1;
};

struct Experiment {
  std::string name;
  std::string description;
  std::string path;           ///< the file
  std::string resolved_text;  ///< YAML after includes, extends, set and grid, for provenance
  uint64_t seed = 1;          ///< split, bootstrap, assignment
  std::vector<uint64_t> seeds = {1};  ///< fits and serving
  std::vector<DatasetSpec> datasets;
  FitOn fit_on;
  TrafficSpec traffic;
  int64_t serve_size = 20;
  MetricsSpec metrics;
  LatencySpec latency;
  std::vector<VariantSpec> variants;
  CompareSpec compare;
  GateSpec gate;
  NumericSpec numeric;
  LimitsSpec limits;
  TuneSpec tune;
  std::shared_ptr<const OffPolicySpec> off_policy;  ///< null: the defaults of off_policy_spec.h
  std::shared_ptr<const LoopSpec> loop;  ///< null: what is served changes no later request
};

/// Data sets with those of several folds laid out: one for each fold, in order, where they stood.
std::vector<DatasetSpec> by_fold(const std::vector<DatasetSpec>& datasets);
/// How results name the fold: "all" where the split has one, else "1", "2", ...
std::string fold_name(const SplitSpec& split);

/// Whether rank, validation and test count events of a user instead of being shares.
bool counts_events(const SplitSpec& split);

void to_json(nlohmann::json& out, const StagePart& value);
void from_json(const nlohmann::json& in, StagePart& value);
void to_json(nlohmann::json& out, const StageSpec& value);
void from_json(const nlohmann::json& in, StageSpec& value);
void to_json(nlohmann::json& out, const InputSpec& value);
void from_json(const nlohmann::json& in, InputSpec& value);
void to_json(nlohmann::json& out, const MergeSpec& value);
void from_json(const nlohmann::json& in, MergeSpec& value);
void to_json(nlohmann::json& out, const Chain& value);
void to_json(nlohmann::json& out, const ServingSpec& value);
void from_json(const nlohmann::json& in, ServingSpec& value);
void from_json(const nlohmann::json& in, Chain& value);
void to_json(nlohmann::json& out, const TargetSpec& value);
void from_json(const nlohmann::json& in, TargetSpec& value);
void to_json(nlohmann::json& out, const FilterSpec& value);
void from_json(const nlohmann::json& in, FilterSpec& value);
void to_json(nlohmann::json& out, const CleanSpec& value);
void from_json(const nlohmann::json& in, CleanSpec& value);
void to_json(nlohmann::json& out, const SplitSpec& value);
void from_json(const nlohmann::json& in, SplitSpec& value);
void to_json(nlohmann::json& out, const EvaluateOn& value);
void from_json(const nlohmann::json& in, EvaluateOn& value);
void to_json(nlohmann::json& out, const FitOn& value);
void from_json(const nlohmann::json& in, FitOn& value);
void to_json(nlohmann::json& out, const TrafficSpec& value);
void from_json(const nlohmann::json& in, TrafficSpec& value);
void to_json(nlohmann::json& out, const MetricAt& value);
void from_json(const nlohmann::json& in, MetricAt& value);
void to_json(nlohmann::json& out, const PluginMetric& value);
void from_json(const nlohmann::json& in, PluginMetric& value);
void to_json(nlohmann::json& out, const MetricsSpec& value);
void from_json(const nlohmann::json& in, MetricsSpec& value);
void to_json(nlohmann::json& out, const ScenarioSpec& value);
void from_json(const nlohmann::json& in, ScenarioSpec& value);
void to_json(nlohmann::json& out, const LatencySpec& value);
void from_json(const nlohmann::json& in, LatencySpec& value);
void to_json(nlohmann::json& out, const GuardrailSpec& value);
void from_json(const nlohmann::json& in, GuardrailSpec& value);
void to_json(nlohmann::json& out, const CompareSpec& value);
void from_json(const nlohmann::json& in, CompareSpec& value);
void to_json(nlohmann::json& out, const NumericSpec& value);
void from_json(const nlohmann::json& in, NumericSpec& value);
void to_json(nlohmann::json& out, const LimitsSpec& value);
void from_json(const nlohmann::json& in, LimitsSpec& value);

}  // namespace assay::task
