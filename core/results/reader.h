#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "results/database.h"
#include "results/stored_array.h"

namespace assay::results {

struct RunInfo {
  int64_t run_id = 0;
  RunRow row;
  RunStatus status = RunStatus::running;
  std::optional<std::string> finished;
};

struct VariantInfo {
  std::string name;
  int position = 0;
  bool is_baseline = false;
};

struct RunTrial {
  std::string variant, dataset, fold;
  std::optional<int64_t> seed;
  std::string trial_key;
  TrialState::Status status = TrialState::Status::missing;
  std::string reason, request_set;
  std::string serving;  ///< JSON of how the variant is hosted
};

/// Who asked in each request of a set: for clustering by user, and for showing.
struct RequestUsers {
  std::vector<int32_t> users;  ///< [R] dense, -1 is anonymous
  std::vector<int64_t> times;  ///< [R]
};

/// Items grouped by request: those of request r are items[offsets[r] .. offsets[r + 1]).
struct ItemLists {
  std::vector<int64_t> offsets;
  std::vector<int32_t> items;
};

/// Served lists of requests [first, first + requests): row-major [requests, size].
struct Slates {
  int64_t requests = 0;
  int size = 0;
  std::vector<int32_t> items;
  std::vector<float> scores;
  std::vector<float> propensity;  ///< empty where none were kept
};

/// LatencySamples that own their numbers.
struct KeptLatency {
  LatencySamples row;  ///< row.ms is empty
  std::vector<float> ms;
};

/// One value of a query's answer: NULL, INTEGER, REAL, TEXT or BLOB (its bytes).
struct Blob {
  std::string bytes;
};
using Cell = std::variant<std::monostate, int64_t, double, std::string, Blob>;

struct QueryAnswer {
  std::vector<std::string> columns;
  std::vector<std::vector<Cell>> rows;
};

/// Reads a Database. Everything is copied out; the Database must outlive the Reader.
/// Errors: as Database; asking for a run, trial or column of values that is not there is a
/// UserError that names it.
class Reader {
 public:
  explicit Reader(const Database& database) : database_(database) {}

  /// All runs, oldest first.
  std::vector<RunInfo> runs() const;
  /// In the order of the file.
  std::vector<VariantInfo> variants(int64_t run_id) const;
  /// Metrics first, then by variant in the order of the file, a row each plugin of its chain. Empty
  /// for a run of a version that did not keep them.
  std::vector<PluginStateRow> plugin_states(int64_t run_id) const;
  /// By variant, dataset, fold, seed.
  std::vector<RunTrial> trials(int64_t run_id) const;
  /// Definitions of the metrics that the file knows.
  std::vector<MetricRow> metrics() const;

  /// One float32 a request, in request order; NaN: excluded.
  std::vector<float> request_values(const std::string& trial_key, const StageMetric& at) const;
  /// The same where they lie, to be read some requests at a time.
  StoredArray<float> stored_values(const std::string& trial_key, const StageMetric& at) const;
  /// None: no such value, or it is NULL.
  std::optional<double> catalogue_value(const std::string& trial_key, const StageMetric& at) const;
  /// All latency samples of a trial, by scenario, stage, role, round.
  std::vector<KeptLatency> latency(const std::string& trial_key) const;
  /// What they are samples of, without the samples.
  std::vector<LatencySamples> latency_rows(const std::string& trial_key) const;
  /// Served lists of a done trial; all of them, or `requests` from `first` on.
  Slates slates(const std::string& trial_key, int64_t first = 0, int64_t requests = -1) const;

  /// What the stages of a trial made of the sampled requests; all shards joined. None where the
  /// trial was computed by a version that kept none.
  std::vector<StageLists> stage_lists(const std::string& trial_key) const;
  /// Likewise, why strategies scored what was served as they did. One place may come with a reason
  /// and no terms.
  std::vector<Explanations> explanations(const std::string& trial_key) const;

  /// The requests of a trial that its recall stages do not know, all shards joined, by place; none of
  /// a stage that knows all of them, and of a trial that a version computed which did not look.
  std::vector<UnknownRequests> unknown_requests(const std::string& trial_key) const;

  /// Whether the file holds the requests of that hash.
  bool has_request_set(const std::string& request_set) const;
  RequestUsers request_users(const std::string& request_set) const;
  /// Their outside ids: what tells users of two request sets apart, as dense ids do not.
  std::vector<std::string> request_user_ids(const std::string& request_set) const;
  ItemLists truth(const std::string& request_set) const;
  /// The same where they lie.
  StoredArray<int32_t> stored_users(const std::string& request_set) const;
  StoredArray<int64_t> stored_times(const std::string& request_set) const;
  StoredLists stored_truth(const std::string& request_set) const;
  /// None: histories were not kept.
  std::optional<ItemLists> history(const std::string& request_set) const;

  /// How a cut labels the users (`users: activity`, `user.<feature>`) or items of the data that a
  /// request set is of; none where the file does not have it.
  std::optional<LabelRow> labels(const std::string& request_set, const std::string& cut) const;
  /// Those of users where they lie; none also where a cut has no labels at all.
  std::optional<StoredLabels> stored_user_labels(const std::string& request_set,
                                                 const std::string& cut) const;

  /// What fits cost so far, newest last; empty plugin: all.
  std::vector<ArtifactRow> artifacts(const std::string& plugin = "") const;
  /// The machines and builds that made the numbers of a run (several, where trials of other runs
  /// are reused).
  std::vector<HostFacts> environments(int64_t run_id) const;
  /// When the test window of a prepared data set was looked at.
  std::vector<std::string> test_looks(const std::string& prepared_hash) const;

  /// Runs one reading SQL statement (views, tables, request_values(trial, metric, cutoff));
  /// `parameters` are bound to its `?`. SQL mistakes, several statements and writing statements are
  /// UserErrors.
  QueryAnswer query(std::string_view sql, std::span<const Cell> parameters = {}) const;

 private:
  StoredBytes stored_of_requests(const std::string& request_set, const char* column) const;

  const Database& database_;
};

}  // namespace assay::results
