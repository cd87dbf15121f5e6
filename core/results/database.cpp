#include "results/database.h"

#include <fmt/core.h>

#include <algorithm>
#include <set>

#include "error/error.h"
#include "results/connection.h"
#include "results/merge.h"
#include "results/opening.h"

namespace assay::results {
namespace {

void collect(QueryRows& rows, std::vector<std::string>& found) {
  while (rows.next()) found.push_back(rows.text(0));
}

}  // namespace

Database::Database(std::unique_ptr<Connection> connection) : connection_(std::move(connection)) {}
Database::Database(Database&&) noexcept = default;
Database& Database::operator=(Database&&) noexcept = default;

Database Database::open_or_create(const std::string& path, int busy_ms,
                                  std::span<const Migration> schema) {
  return Database(open_for_writing(path, busy_ms, schema));
}

Database Database::open_readonly(const std::string& path, std::span<const Migration> schema) {
  return Database(open_for_reading(path, schema));
}

Database::~Database() {
  try {
    close();
  } catch (...) {  // NOLINT(bugprone-empty-catch): a file left in WAL mode is whole
  }
}

void Database::close() {
  if (!connection_) return;
  if (connection_->writable()) leave_wal_mode(*connection_);
  connection_.reset();
}

const std::string& Database::path() const { return connection_->path(); }

void Database::transaction(const std::function<void()>& body) { connection_->transaction(body); }

MergeReport Database::merge(const std::string& part_path, int64_t run_id,
                            const CatalogueMetrics& catalogue) {
  error::require(connection_->writable(), "a file opened for reading is not written to");
  return merge_part(*connection_, part_path, run_id, catalogue);
}

std::vector<TrialState> Database::trial_states(std::span<const std::string> keys) const {
  std::vector<TrialState> states;
  for (const std::string& key : keys) {
    QueryRows rows = connection_->rows(
        "SELECT status, coalesce(reason, '') FROM trial WHERE trial_key = ?", key);
    states.push_back({key, TrialState::Status::missing, ""});
    if (rows.next()) states.back() = {key, task::stored_status(rows.text(0)), rows.text(1)};
  }
  return states;
}

std::vector<std::string> Database::missing_trials(std::span<const std::string> keys) const {
  std::vector<std::string> missing;
  std::set<std::string> seen;
  for (const TrialState& state : trial_states(keys)) {
    if (state.status == TrialState::Status::done) continue;
    if (seen.insert(state.trial_key).second) missing.push_back(state.trial_key);
  }
  return missing;
}

std::vector<int> Database::missing_shards(const std::string& trial_key, const std::string& work,
                                          int shards) const {
  std::set<int64_t> there;
  QueryRows rows =
      connection_->rows("SELECT shard FROM shard WHERE trial_key = ? AND work = ? AND shards = ?",
                        trial_key, work, shards);
  while (rows.next()) there.insert(rows.integer(0));
  std::vector<int> missing;
  for (int shard = 0; shard < shards; ++shard) {
    if (!there.contains(shard)) missing.push_back(shard);
  }
  return missing;
}

std::vector<StageMetric> Database::kept_metrics(const std::string& trial_key) const {
  QueryRows rows = connection_->rows(
      "SELECT stage, definition, cutoff FROM request_value WHERE trial_key = ?1 UNION ALL "
      "SELECT stage, definition, cutoff FROM value WHERE trial_key = ?1 ORDER BY 1, 2, 3",
      trial_key);
  std::vector<StageMetric> kept;
  while (rows.next()) {
    kept.push_back({rows.text(0), rows.text(1), static_cast<int>(rows.integer(2))});
  }
  return kept;
}

void Database::retry_trial(const std::string& trial_key) {
  transaction([&] {
    connection_->run(
        "UPDATE trial SET status = 'missing', reason = NULL "
        "WHERE trial_key = ? AND status = 'failed'",
        trial_key);
    connection_->run("DELETE FROM failure WHERE trial_key = ? AND task NOT IN ('score', 'time')",
                     trial_key);
  });
}

void Database::forget_timing(const LatencySamples& round) {
  transaction([&] {
    for (const char* table : {"latency", "load_count"}) {
      connection_->run(fmt::format("DELETE FROM {} WHERE trial_key = ? AND timing_key = ? AND "
                                   "scenario = ? AND serving = ? AND round = ? AND role = ?",
                                   table)
                           .c_str(),
                       round.trial_key, round.timing_key, round.scenario, round.serving,
                       round.round, task::name_of(round.role));
    }
  });
}

std::vector<std::string> Database::check() const {
  std::vector<std::string> problems;
  {
    QueryRows rows = connection_->rows("PRAGMA integrity_check");
    collect(rows, problems);
  }
  if (problems == std::vector<std::string>{"ok"}) problems.clear();
  QueryRows rows = connection_->rows(
      "SELECT 'a row of ' || \"table\" || ' has no ' || \"parent\" FROM pragma_foreign_key_check");
  collect(rows, problems);
  return problems;
}

}  // namespace assay::results
