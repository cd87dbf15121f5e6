#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "task/contract_check.h"
#include "task/names.h"

/// What the coordinator knows of a run: rows for Database::write. Times are UTC,
/// `2026-11-22T21:50:03Z` (utc_now).
namespace assay::results {

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
  /// JSON of the rules of its verdicts and their settings; empty before its analysis, and in runs of
  /// builds that kept none.
  std::string judged_by = "";
  /// Of the experiment file, as seen from the folder of the database; paths in `config` are relative
  /// to it. Empty where they are absolute.
  std::string folder = "";
};

enum class RunStatus {
  running,
  done,
  failed,       ///< finished, at least one variant failed
  interrupted,  ///< resumable
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
  enum class Kind { property, leak };  ///< an effect that the method always has, or should not have

  int64_t run_id = 0;
  std::string dataset;
  std::string fold = "all";  ///< as in RunTrialRow
  std::string check;
  Kind kind = Kind::leak;
  std::string result;  ///< `none`, `found`, `allowed: <reason>`, ...
  std::string detail;  ///< with counts
};

/// Events, users and items that a preparation step removed.
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

/// How a plugin that a run uses was built, and what its last check against the plugin contract
/// found, as it was when the run began.
struct PluginStateRow {
  int64_t run_id = 0;
  std::string variant;  ///< whose chain calls it, as a stage or as an input; empty: a metric
  std::string plugin;
  std::string kind;  ///< "recall", "rank", "rerank", "metric"
  std::string so_sha256;
  std::string build_type;                    ///< "Release", "Debug", ...
  bool optimised = true;                     ///< false: its times mean little
  std::optional<task::ContractCheck> check;  ///< none: these bytes were never checked
  bool checked_by_build = false;             ///< its build checked it, not `assay check`
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

/// Dense ids where they lie, of either width; the file keeps int32.
class IdsView {
 public:
  IdsView() = default;
  IdsView(std::span<const int32_t> ids) : narrow_(ids) {}
  IdsView(std::span<const int64_t> ids) : wide_(ids) {}
  IdsView(const std::vector<int32_t>& ids) : narrow_(ids) {}

  size_t size() const { return narrow_.size() + wide_.size(); }
  int32_t operator[](size_t i) const {
    return narrow_.empty() ? static_cast<int32_t>(wide_[i]) : narrow_[i];
  }

 private:
  std::span<const int32_t> narrow_;
  std::span<const int64_t> wide_;
};

/// Texts that are computed one at a time, so that they need not be held in memory.
class TextsView {
 public:
  TextsView() = default;
  TextsView(size_t size, std::function<std::string_view(size_t)> at)
      : size_(size), at_(std::move(at)) {}
  TextsView(const std::vector<std::string>& texts)
      : TextsView(texts.size(), [&texts](size_t i) { return std::string_view(texts[i]); }) {}

  size_t size() const { return size_; }
  std::string_view operator[](size_t i) const { return at_(i); }

 private:
  size_t size_ = 0;
  std::function<std::string_view(size_t)> at_;
};

/// The requests of a data set, fold and window: stored once per hash, shared by all trials that
/// answer them. R requests; CSR offsets are int64 [R + 1], items are dense ids. Everything is read
/// where it lies, some requests at a time.
struct RequestSetRow {
  std::string request_set;  ///< hash
  std::string prepared_hash, fold, window;
  TextsView user_ids;              ///< [R] outside ids; "" is anonymous
  IdsView users;                   ///< [R] dense; -1 is anonymous
  std::span<const int64_t> times;  ///< [R] UTC seconds; -1 where there is none
  std::span<const int64_t> truth_offsets;
  IdsView truth_items;
  std::span<const int64_t> history_offsets;  ///< both empty: histories are not kept
  IdsView history_items;
};

/// Outside ids of the items of a prepared data set: what the dense ids in slates stand for.
struct CatalogueRow {
  std::string prepared_hash;
  std::span<const std::string> item_ids;  ///< [N]
};

/// How a cut (`users: activity`, `item.genre`) labels the users or items of a prepared data set:
/// CSR of places in `labels`, one row a dense id.
struct LabelRow {
  enum class Of { users, items };

  Of of = Of::users;
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

/// One evaluation on the test window of a data set.
struct TestLookRow {
  int64_t run_id = 0;
  std::string dataset, prepared_hash, time;
  /// Of the window's requests, UTC seconds; none where they have no times.
  std::optional<int64_t> first_s = std::nullopt, last_s = std::nullopt;
};

/// An evaluation of the same data that another file has, as the log beside the cache knew it.
struct KnownLookRow {
  int64_t run_id = 0;
  std::string dataset, time;
  std::string database;  ///< hash of its path
  std::optional<int64_t> first_s, last_s;
  std::string chains;  ///< JSON list of hashes of the variants' stages
};

}  // namespace assay::results

template <>
struct assay::task::Names<assay::results::RunStatus> {
  using Status = results::RunStatus;
  static constexpr std::string_view what = "status of a run";
  static constexpr std::array table{Name{Status::running, "running"}, Name{Status::done, "done"},
                                    Name{Status::failed, "failed"},
                                    Name{Status::interrupted, "interrupted"}};
};
