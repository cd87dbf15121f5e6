#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

/// What the coordinator knows of a run: rows for Database::write. Times are UTC,
/// `2026-11-22T21:50:03Z` (utc_now).
namespace assay {

std::string utc_now();

struct RunRow {
  std::string experiment, description;
  std::string started;
  std::string config;              ///< the resolved experiment, whole (YAML or JSON text)
  std::string seeds;               ///< JSON list: `[1,2,3]`
  int64_t seed = 1;                ///< of split, validation sample and bootstrap
  std::string primary_definition;  ///< full id of the primary metric
  int primary_cutoff = 0;
  double alpha = 0.05;
  std::optional<double> margin;
  std::string command_line;
  std::string assay_version, git_commit, build_type, compiler;
};

enum class RunStatus {
  kRunning,
  kDone,
  kFailed,       ///< finished, at least one variant failed
  kInterrupted,  ///< resumable
};

/// One data set of a run, as it was prepared.
struct DataSourceRow {
  int64_t run_id = 0;
  std::string dataset;        ///< its name in the experiment
  std::string fold = "all";   ///< as in RunTrialRow
  std::string source;         ///< name in the data catalogue, or path as written
  std::string source_hash;    ///< of the outside files
  std::string prepared_hash;  ///< of the prepared cache; part of every trial key
  int64_t users = 0, items = 0, events = 0;
  std::string windows;  ///< JSON: events and users of each window
  std::optional<std::string> licence, citation;
};

/// One check of the split.
struct AuditRow {
  enum class Kind { kProperty, kLeak };  ///< what the method is known to do, or what it need not do

  int64_t run_id = 0;
  std::string dataset;
  std::string fold = "all";  ///< as in RunTrialRow
  std::string check;
  Kind kind = Kind::kLeak;
  std::string result;  ///< `none`, `found`, `allowed: <reason>`, ...
  std::string detail;  ///< with counts
};

/// What a preparation step took away.
struct DataRemovedRow {
  int64_t run_id = 0;
  std::string dataset;
  std::string fold = "all";  ///< as in RunTrialRow
  std::string step, reason;
  int64_t users = 0, items = 0, events = 0;
};

/// What the log of a data set looks like, before filter and split.
struct DataDescriptionRow {
  int64_t run_id = 0;
  std::string dataset;
  std::string description;  ///< JSON, as to_json of core/dataset/statistics.h
};

struct StageRow {
  std::string place;  ///< `recall[0]`
  std::string kind;   ///< `recall`, `rank`, `rerank`, `merge`
  std::string plugin, version, so_sha256;
  std::string params;  ///< JSON of all effective parameters
};

struct VariantRow {
  int64_t run_id = 0;
  std::string name;
  std::string chain;  ///< JSON, resolved
  int position = 0;   ///< order in the file
  bool is_baseline = false;
  std::vector<StageRow> stages;
  std::string serving;  ///< JSON of how it is hosted; names its rows of `latency`
};

/// Which artifact stood at a place of a trial's chain.
struct StageArtifact {
  std::string place, artifact_key;
};

/// A trial as one run sees it. The trial itself is global: two runs may link the same key.
struct RunTrialRow {
  int64_t run_id = 0;
  std::string variant, dataset;
  std::string fold = "all";     ///< `all` where the split makes one fold; else `1`, `2`, ...
  std::optional<int64_t> seed;  ///< none: no stage draws, the trial runs once
  std::string trial_key;
  std::string spec;         ///< the canonical JSON whose SHA-256 is trial_key
  std::string request_set;  ///< hash; see RequestSetRow
  std::vector<StageArtifact> artifacts;
};

/// The requests of a data set, fold and window: stored once per hash, shared by all trials that
/// answer them. R requests; CSR offsets are int64 [R + 1], items are dense ids.
struct RequestSetRow {
  std::string request_set;  ///< hash
  std::string prepared_hash, fold, window;
  std::span<const std::string> user_ids;  ///< [R] outside ids; "" is anonymous
  std::span<const int32_t> users;         ///< [R] dense; -1 is anonymous
  std::span<const int64_t> times;         ///< [R] UTC seconds; -1 where there is none
  std::span<const int64_t> truth_offsets;
  std::span<const int32_t> truth_items;
  std::span<const int64_t> history_offsets;  ///< both empty: histories are not kept
  std::span<const int32_t> history_items;
};

/// Outside ids of the items of a prepared data set: what the dense ids in slates stand for.
struct CatalogueRow {
  std::string prepared_hash;
  std::span<const std::string> item_ids;  ///< [N]
};

/// How a cut (`users: activity`, `item.genre`) labels the users or items of a prepared data set:
/// CSR of places in `labels`, one row a dense id.
struct LabelRow {
  enum class Of { kUsers, kItems };

  Of of = Of::kUsers;
  std::string prepared_hash, cut;
  std::vector<std::string> labels;
  std::vector<int64_t> offsets;
  std::vector<int32_t> codes;
};

struct EventRow {
  int64_t run_id = 0;
  std::string time;
  std::string level;  ///< `info`, `warning`, `error`
  std::string text;
};

/// The test window of a data set was looked at.
struct TestLookRow {
  int64_t run_id = 0;
  std::string dataset, prepared_hash, time;
};

}  // namespace assay
