#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "task/outcomes.h"

/// What a trial leaves behind: the rows that a worker puts into a part. Plain values; spans and
/// views are only read during the call they are passed to. Nothing here needs SQLite or torch.
namespace assay::results {

/// The definition of a metric, stored beside every value (table `metric`).
struct MetricRow {
  enum class Scope { request, catalogue, latency };

  std::string definition;  ///< full id: `recall{den=R}`
  std::string name;  ///< as columns `metric` show it: `recall`, and `recall{den=min(R,k)}` if not
                     ///< the default
  Scope scope = Scope::request;
  std::string unit;                      ///< `1`, `items`, `bits`, `ms`
  std::optional<bool> higher_is_better;  ///< none: neither direction is better
  std::string doc;                       ///< one sentence, with its source
};

/// Names one column of values: which metric of which stage's output.
struct StageMetric {
  std::string stage;       ///< `recall`, `rank`, `rerank`, `recall[0]`, ... or `served`
  std::string definition;  ///< full id
  int cutoff = 0;          ///< the k of `@k`; 0: the whole list (shown as NULL in the views)

  auto operator<=>(const StageMetric&) const =
      default;  // NOLINT(modernize-use-nullptr): a false alarm of clang-tidy 14
};

/// Who wrote a part.
struct PartInfo {
  std::string task;  ///< the task's id
  std::string kind;  ///< `fit`, `evaluate`, `score` or `time`
};

/// The machine and build behind a part's numbers; never the name of the host.
struct HostFacts {
  std::string device;  ///< `cpu`, `cuda`
  std::string cpu_model;
  int cpu_cores = 0;
  int64_t memory_bytes = 0;
  std::optional<std::string> gpu_model, gpu_driver, cuda;
  std::string torch, compiler, build_type, os;
  int threads = 0;  ///< intra-op threads of a task
};

/// A piece of a trial: requests [first_request, first_request + requests) of its request set.
struct ShardInfo {
  std::string trial_key;          ///< 64 hex digits
  std::string work = "evaluate";  ///< what it is a piece of. Values added to a done trial:
                                  ///< `score:<id of the set of metrics>`
  int shard = 0;                  ///< [0, shards)
  int shards = 1;                 ///< of how many; the trial is done when all of them are in
  int64_t first_request = 0;
  int64_t requests = 0;
};

/// Served lists of consecutive requests: row-major [requests, size], padded with -1 and -inf.
struct SlateChunk {
  int64_t first_request = 0;  ///< place of the first row in the request set
  int size = 0;               ///< slots in a list
  std::span<const int32_t> items;
  std::span<const float> scores;      ///< as long as items
  std::span<const float> propensity;  ///< as long as items, or empty: the stages give none
};

/// What a stage made of S sampled requests of a shard: the first places of each list, and where
/// the relevant items stand in the whole of it.
struct StageLists {
  std::string stage;
  int size = 0;                        ///< places kept
  std::vector<int32_t> requests;       ///< [S], places in the request set, ascending
  std::vector<int32_t> lengths;        ///< [S], items in the whole list
  std::vector<int32_t> items;          ///< [S, size], -1: empty
  std::vector<float> scores;           ///< [S, size], -inf: empty
  std::vector<int32_t> found_offsets;  ///< [S + 1]
  std::vector<int32_t> found_items;    ///< relevant items of the list of request s: those from
                                       ///< found_offsets[s] to found_offsets[s + 1]
  std::vector<int32_t> found_ranks;    ///< as long; 1 is the first place
};

/// Why a strategy scored the first `size` served items of S sampled requests as it did: T terms.
struct Explanations {
  std::string place;              ///< of the strategy: `recall[0]`
  int size = 0;                   ///< so many served items of each request are explained
  std::vector<int32_t> requests;  ///< [S], places in the request set, ascending
  /// [S, size], the explanation's base and all terms that are not kept, added up; NaN where the
  /// strategy says nothing of the item.
  std::vector<float> rests;
  std::vector<int32_t> slots;  ///< [T], place in the flattened [S, size]
  std::vector<int32_t> kinds;  ///< [T], as Explanation::Kind: 0 history, 1 feature, 2 candidate
  std::vector<int32_t> ids;    ///< [T], an item, or the place of the feature in the note `inputs`
  std::vector<float> weights;  ///< [T]
  std::string reason;          ///< why there is none; else empty
};

/// The requests of a shard for which a recall stage returned no candidate.
struct UnknownRequests {
  std::string
      place;  ///< `recall[0]`, or `recall[0].unknown`: who answers what that one does not know
  std::vector<int32_t> requests;  ///< [U], places in the request set, ascending
};

/// Relevant items on their way through the stages, summed over a shard's requests (view
/// `stage_loss`).
struct StageCount {
  std::string stage;
  int cutoff = 0;  ///< only the first `cutoff` places of the output; 0: all of it
  int64_t relevant =
      0;             ///< relevant items that entered the stage (recall: all of the requests' truth)
  int64_t kept = 0;  ///< how many of those leave it
};

/// A fitted strategy or spilled candidate list.
struct ArtifactRow {
  std::string artifact_key;
  std::string plugin, stage;      ///< stage: place in the chain, `recall[0]`
  std::optional<double> seconds;  ///< what fitting took; the planner estimates from it
  std::optional<int64_t> bytes;   ///< size in the cache
  /// the most that the worker has held since it began, what it did before included
  std::optional<int64_t> peak_bytes = {};
  /// by how much its memory grew at the peak of the fit
  std::optional<int64_t> fit_bytes = {};
};

/// What a strategy said in its fit (`FitContext::note`).
struct NoteRow {
  std::string artifact_key, key, value;
};

/// Why a trial has no (complete) result.
struct FailureRow {
  std::string trial_key;
  /// `fit`, `smoke`, `evaluate`: the trial failed; `score`, `time`: it stays as it is
  std::string task;
  std::string stage, plugin;     ///< empty where none is to blame
  std::optional<int64_t> batch;  ///< counted from 0
  std::string kind;              ///< `crash`, `timeout`, `exception`, `contract`, `memory`, ...
  std::string reason;            ///< the sentence that the user reads
};

/// How many requests of a round met with something.
struct LoadCount {
  task::LoadCountKind kind = task::LoadCountKind::arrived;
  int64_t count = 0;
};

/// What else the machine did while a round was timed (timing/disturbance.h); none: not measured.
struct Disturbance {
  std::optional<double> others_cpu_share, cpu_wait_share, steal_share, involuntary_switches_per_s;

  /// Whether the round's times say too little about what was timed: some task waited for a core for
  /// more than 2 % of the time, other processes took more than a tenth of all cores, or the
  /// hypervisor more than 1 %. Where neither of the first two can be read, more than 50 involuntary
  /// switches a second. A load with threads of its own (`server`) may wait for itself: there waiting
  /// counts only beside others that ran.
  bool is_disturbed(bool own_threads) const;
  /// "other processes took 46 % of the cores"
  std::string text() const;
};

/// Raw latencies of one round of one trial under one load scenario.
struct LatencySamples {
  enum class Role { normal, baseline_repeat };

  std::string timing_key;  ///< names the timing pass; what is compared has the same
  std::string trial_key;
  std::string scenario;  ///< JSON of the load scenario
  std::string stage;     ///< `served` is end to end
  int round = 0;
  Role role = Role::normal;
  std::optional<double> offered_qps, achieved_qps;
  std::optional<int64_t> degraded;  ///< requests answered by a fallback or shed
  std::span<const float> ms;        ///< one a request (offline: one a batch), in order of arrival
  std::string serving;              ///< JSON of how it was hosted; empty where nothing acts
  std::vector<LoadCount> counts;    ///< what happened to the requests (table `load_count`)
  Disturbance disturbance;
};

/// One reading of a resource.
struct ResourceSample {
  std::optional<std::string> trial_key;
  std::string phase;            ///< `fit`, `evaluate`, `single_stream`, ...
  double seconds = 0;           ///< since the part was begun
  std::string name;             ///< `rss_bytes`, `cpu_seconds`, `gpu_bytes`, `cpu_joules`, ...
  std::optional<double> value;  ///< none: it cannot be read here
  std::string reason;           ///< why not
};

}  // namespace assay::results

template <>
struct assay::task::Names<assay::results::MetricRow::Scope> {
  using Scope = results::MetricRow::Scope;
  static constexpr std::string_view what = "scope of a metric";
  static constexpr std::array table{Name{Scope::request, "request"},
                                    Name{Scope::catalogue, "catalogue"},
                                    Name{Scope::latency, "latency"}};
};

template <>
struct assay::task::Names<assay::results::LatencySamples::Role> {
  using Role = results::LatencySamples::Role;
  static constexpr std::string_view what = "role of a timing";
  static constexpr std::array table{Name{Role::normal, "normal"},
                                    Name{Role::baseline_repeat, "baseline_repeat"}};
};
