#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "results/analysis_rows.h"
#include "results/migration.h"
#include "results/run_rows.h"
#include "results/trial_rows.h"
#include "task/fit_record.h"
#include "task/outcomes.h"

namespace assay::results {

class Connection;
struct JoinedRun;

/// How often each item was shown by one stage of a finished trial, summed over its shards.
struct Exposure {
  std::string stage;
  int cutoff = 0;
  int64_t requests = 0;             ///< requests of the trial
  std::span<const int64_t> counts;  ///< [N], the whole catalogue
};

/// A metric of the catalogue. Without a value there is a reason.
struct CatalogueValue {
  StageMetric at;
  std::optional<double> value;
  std::string reason;
};

/// Makes the catalogue metrics of a finished trial, of its exposure counts (coverage, Gini,
/// entropy; none where the work counted nothing) and of the lists that it kept, which can be read
/// by then.
using CatalogueMetrics = std::function<std::vector<CatalogueValue>(
    const std::string& trial_key, std::span<const Exposure> exposures)>;

struct MergeReport {
  bool already_merged = false;  ///< this very part was merged before; nothing was done
  int shards_added = 0;
  int shards_ignored = 0;  ///< were there already (made twice)
  /// complete with this part: became done, or got the values asked for
  std::vector<std::string> finished_trials;
  std::vector<std::string> failed_trials;
};

/// Where a trial stands.
struct TrialState {
  using Status = task::TrialStatus;

  std::string trial_key;
  Status status = Status::missing;  ///< missing: unknown, planned, or not all shards are in
  std::string reason;               ///< of a failed one
};

/// The results file: any number of runs, and the trials they share.
///
/// One writer: a Database opened for writing belongs to one thread of one process; readers (other
/// processes, Reader) go on beside it. Errors: UserError names the file and what to do (not
/// writable, not a database, another program's, newer schema, busy, damaged, disk full);
/// InternalError is a broken promise of ours (unknown variant, wrong length). While it is open for
/// writing the file is in WAL mode; close() leaves one plain file that can be mailed.
class Database {
 public:
  /// Opens `path` for writing; creates it where it is not there (its folder must be), brings an
  /// older schema up to date. `busy_ms` is how long every write waits for another writer. `schema`
  /// is for tests of migrations.
  static Database open_or_create(const std::string& path, int busy_ms = 10'000,
                                 std::span<const Migration> schema = migrations());
  /// Opens an existing file for reading only: works for a read-only file in a read-only folder, and
  /// leaves no file there. write() and merge() on it throw InternalError. An older schema is
  /// brought up to date first, which needs a writable file.
  static Database open_readonly(const std::string& path,
                                std::span<const Migration> schema = migrations());
  Database(Database&&) noexcept;
  Database& operator=(Database&&) noexcept;
  ~Database();  ///< close(), errors ignored

  /// Checkpoints and leaves WAL mode. Where another process has the file open it stays in WAL mode,
  /// and the last one to close it tidies up. Nothing may be called afterwards.
  void close();
  const std::string& path() const;

  /// Runs `body` in one transaction; rolls back where it throws. Calls nest.
  void transaction(const std::function<void()>& body);

  // -- Parts and trials
  // ------------------------------------------------------------------------------------------

  /// Takes a part in, in one transaction: INSERT OR IGNORE by (trial key, work, shard). Merging a
  /// part twice, or two parts of the same task, changes nothing. Where the last shard of a trial
  /// comes in, and only then, its shard rows become one float32 BLOB per (stage, metric, cutoff) in
  /// request order, counts are summed, `catalogue` is asked for the catalogue metrics, the trial is
  /// done and its shard rows go; all in the same transaction. A part may add values to a trial that
  /// is done (ShardInfo::work): only what is not there yet is added.
  MergeReport merge(const std::string& part_path, int64_t run_id,
                    const CatalogueMetrics& catalogue);

  /// One state per key, in the order asked for.
  std::vector<TrialState> trial_states(std::span<const std::string> keys) const;
  /// Those of `keys` that are not done (missing or failed), in order, each once.
  std::vector<std::string> missing_trials(std::span<const std::string> keys) const;
  /// Shards of [0, shards) of this work that no part brought yet: what a resumed run still has to
  /// do.
  std::vector<int> missing_shards(const std::string& trial_key, const std::string& work,
                                  int shards) const;
  /// Columns of values that a trial has, per request and of the catalogue: what need not be
  /// computed again.
  std::vector<StageMetric> kept_metrics(const std::string& trial_key) const;
  /// A failed trial is to be tried again: it is missing, and its failures go.
  void retry_trial(const std::string& trial_key);
  /// A round that is timed again: its times, and what became of its requests, go.
  void forget_timing(const LatencySamples& round);

  // -- A run
  // -----------------------------------------------------------------------------------------------------

  /// Returns the new run's id; its status is `running`.
  int64_t begin_run(const RunRow& run);
  void finish_run(int64_t run_id, RunStatus status, const std::string& finished);

  void write(
      const MetricRow& row);  ///< replaces name, unit, direction and doc of a known definition
  void write(const DataSourceRow& row);
  void write(const AuditRow& row);
  void write(const DataRemovedRow& row);
  void write(const DataDescriptionRow& row);
  void write(const VariantRow& row);      ///< with its stages
  void write(const PluginStateRow& row);  ///< after its variant
  void write(
      const RunTrialRow& row);  ///< links the trial; makes it known (missing) where it is new
  void write(const RequestSetRow& row);  ///< a known hash is left as it is
  void write(const CatalogueRow& row);   ///< likewise
  void write(const LabelRow& row);       ///< likewise
  void write(const ArtifactRow& row);
  /// What was told of a fit, for what the file has of it.
  void write(const task::FitRecord& fit);
  void write(const FailureRow& row);  ///< what the coordinator saw: a crash, a time limit
  void write(const EventRow& row);
  void write(const TestLookRow& row);
  void write(const KnownLookRow& row);

  // -- Its analysis
  // ----------------------------------------------------------------------------------------------

  void write(const SummaryRow& row);
  void write(const ComparisonRow& row);
  void write(const LatencyRow& row);
  /// By which rules and settings the rows above were made (RunRow::judged_by).
  void judged(int64_t run_id, const std::string& judged_by);
  /// Writes the SummaryRow of every catalogue metric of a run: mean and sd over seeds, no interval.
  void summarise_catalogue(int64_t run_id);

  /// Problems that SQLite's integrity and foreign key checks find; empty: none. Reads the whole
  /// file.
  std::vector<std::string> check() const;

 private:
  friend class Reader;
  friend class TuningTable;
  friend Database join_runs(std::span<const JoinedRun> runs, const RunRow& row);
  explicit Database(std::unique_ptr<Connection> connection);
  int64_t variant_id(int64_t run_id, const std::string& name) const;

  std::unique_ptr<Connection> connection_;
};

}  // namespace assay::results
