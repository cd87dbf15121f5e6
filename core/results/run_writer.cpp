#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "error/error.h"
#include "results/blob_cell.h"
#include "results/connection.h"
#include "results/database.h"
#include "results/merge.h"
#include "results/run_process.h"
#include "results/trial_sql.h"

namespace assay::results {
namespace {

void append_json_text(std::string_view text, std::string& json) {
  json += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      json += '\\';
      json += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      json += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      json += c;
    }
  }
  json += '"';
}

/// Those of [first, last).
std::string json_list(const TextsView& texts, size_t first, size_t last) {
  std::string json = "[";
  for (size_t i = first; i < last; ++i) {
    if (i > first) json += ',';
    append_json_text(texts[i], json);
  }
  return json + "]";
}

std::string json_list(std::span<const std::string> texts) {
  return json_list({texts.size(), [&](size_t i) { return std::string_view(texts[i]); }}, 0,
                   texts.size());
}

// Requests, or their items, that are written at once.
constexpr size_t kStretch = 8192;

void require_lists(std::span<const int64_t> offsets, const IdsView& items, size_t requests) {
  error::require(offsets.size() == requests + 1, "CSR offsets of R requests are R + 1 numbers");
  error::require(static_cast<size_t>(offsets.back()) == items.size(),
                 "CSR offsets end where items end");
}

void fill(BlobWriter<int64_t> column, std::span<const int64_t> numbers) { column.append(numbers); }

void fill(BlobWriter<int32_t> column, const IdsView& ids) {
  std::vector<int32_t> some;
  for (size_t first = 0; first < ids.size(); first += kStretch) {
    some.clear();
    for (size_t i = first; i < std::min(first + kStretch, ids.size()); ++i) some.push_back(ids[i]);
    column.append(some);
  }
}

void write_user_ids(const Connection& connection, const RequestSetRow& row) {
  for (size_t first = 0; first < row.user_ids.size(); first += kStretch) {
    const size_t last = std::min(first + kStretch, row.user_ids.size());
    connection.run("INSERT INTO request_user VALUES (?, ?, ?)", row.request_set, first,
                   json_list(row.user_ids, first, last));
  }
}

/// A file that was opened with an earlier schema, as tests of migrations do, has no such columns.
bool knows_processes(const Connection& connection) {
  return connection.rows("SELECT 1 FROM pragma_table_info('run') WHERE name = 'process_start'")
      .next();
}

void keep_process(int64_t run_id, const Connection& connection) {
  const std::optional<RunProcess> process = this_process();
  if (!process) return;
  connection.run(
      "UPDATE run SET pid = ?2, boot_id = ?3, pid_namespace = ?4, process_start = ?5 "
      "WHERE run_id = ?1",
      run_id, process->pid, process->boot_id, process->pid_namespace, process->start);
}

/// Of a run whose process is gone it is known that it does not go on; when it ended is not.
void end_killed_runs(const Reader& reader, const Connection& connection) {
  for (const auto& row : reader.query("SELECT run_id FROM run WHERE status = 'running'").rows) {
    const auto run_id = std::get<int64_t>(row[0]);
    const std::optional<RunProcess> process = process_of(reader, run_id);
    if (!process || state_of(*process) != ProcessState::gone) continue;
    connection.run("UPDATE run SET status = ?2 WHERE run_id = ?1", run_id,
                   task::name_of(RunStatus::interrupted));
  }
}

}  // namespace

std::string utc_now() {
  const auto now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(now));
}

int64_t Database::begin_run(const RunRow& run) {
  if (knows_processes(*connection_)) end_killed_runs(Reader(*this), *connection_);
  connection_->run(
      "INSERT INTO run (experiment, description, status, started, config, seeds, seed, "
      "primary_definition, primary_cutoff, alpha, margin, command_line, assay_version, git_commit, "
      "build_type, compiler) VALUES (?, ?, 'running', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      run.experiment, run.description, run.started, run.config, run.seeds, run.seed,
      run.primary_definition, run.primary_cutoff, run.alpha, run.margin, run.command_line,
      run.assay_version, run.git_commit, run.build_type, run.compiler);
  const int64_t run_id = connection_->handle().getLastInsertRowid();
  if (!run.folder.empty())
    connection_->run("UPDATE run SET folder = ?2 WHERE run_id = ?1", run_id, run.folder);
  if (knows_processes(*connection_)) keep_process(run_id, *connection_);
  return run_id;
}

void Database::finish_run(int64_t run_id, RunStatus status, const std::string& finished) {
  const int64_t changed =
      connection_->run("UPDATE run SET status = ?2, finished = ?3 WHERE run_id = ?1", run_id,
                       task::name_of(status), finished);
  error::require(changed == 1, "a run that ends was begun");
}

int64_t Database::variant_id(int64_t run_id, const std::string& name) const {
  QueryRows rows = connection_->rows("SELECT variant_id FROM variant WHERE run_id = ? AND name = ?",
                                     run_id, name);
  if (rows.next()) return rows.integer(0);
  throw error::InternalError(fmt::format("run {} has no variant \"{}\"", run_id, name));
}

void Database::write(const MetricRow& row) {
  insert_metric(*connection_, row);
  connection_->run(
      "UPDATE metric SET name = ?2, unit = ?3, higher_is_better = ?4, doc = ?5 "
      "WHERE definition = ?1",
      row.definition, row.name, row.unit, row.higher_is_better, row.doc);
}

void Database::write(const DataSourceRow& row) {
  connection_->run("INSERT INTO data_source VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                   row.run_id, row.dataset, row.fold, row.source, row.source_hash,
                   row.prepared_hash, row.users, row.items, row.events, row.windows, row.licence,
                   row.citation);
}

void Database::write(const AuditRow& row) {
  const bool property = row.kind == AuditRow::Kind::property;
  connection_->run("INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?, ?)", row.run_id, row.dataset,
                   row.fold, row.check, property ? "property" : "leak", row.result, row.detail);
}

void Database::write(const DataRemovedRow& row) {
  connection_->run("INSERT INTO data_removed VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row.run_id,
                   row.dataset, row.fold, row.step, row.reason, row.users, row.items, row.events);
}

void Database::write(const DataDescriptionRow& row) {
  connection_->run("INSERT INTO data_description VALUES (?, ?, ?)", row.run_id, row.dataset,
                   row.description);
}

void Database::write(const VariantRow& row) {
  transaction([&] {
    connection_->run(
        "INSERT INTO variant (run_id, name, chain, position, is_baseline, serving) "
        "VALUES (?, ?, ?, ?, ?, ?)",
        row.run_id, row.name, row.chain, row.position, row.is_baseline, row.serving);
    const int64_t id = connection_->handle().getLastInsertRowid();
    for (const StageRow& stage : row.stages) {
      connection_->run("INSERT INTO stage VALUES (?, ?, ?, ?, ?, ?, ?)", id, stage.place,
                       stage.kind, stage.plugin, stage.version, stage.so_sha256, stage.params);
    }
  });
}

void Database::write(const PluginStateRow& row) {
  std::optional<int64_t> variant;
  if (!row.variant.empty()) variant = variant_id(row.run_id, row.variant);
  const auto found = [&](auto value) {
    return row.check ? std::optional(value(*row.check)) : std::nullopt;
  };
  using Check = task::ContractCheck;
  connection_->run("INSERT INTO plugin_state VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                   row.run_id, variant, row.plugin, row.kind, row.so_sha256, row.build_type,
                   row.optimised, found([](const Check& check) { return check.held; }),
                   found([](const Check& check) { return check.checks; }),
                   found([](const Check& check) { return check.first_failure; }),
                   found([](const Check& check) { return check.checked; }),
                   found([](const Check& check) { return check.data; }), found([&](const Check&) {
                     return std::string(row.checked_by_build ? "build" : "check");
                   }),
                   found([](const Check& check) { return check.assay_version; }));
}

void Database::write(const RunTrialRow& row) {
  transaction([&] {
    connection_->run("INSERT OR IGNORE INTO trial (trial_key, spec, request_set) VALUES (?, ?, ?)",
                     row.trial_key, row.spec, row.request_set);
    connection_->run("INSERT INTO run_trial VALUES (?, ?, ?, ?, ?, ?)", row.run_id,
                     variant_id(row.run_id, row.variant), row.dataset, row.fold, row.seed,
                     row.trial_key);
    for (const StageArtifact& artifact : row.artifacts) {
      // Earlier versions put the fit of an input at the place of the stage that calls it.
      connection_->run("INSERT OR REPLACE INTO trial_artifact VALUES (?, ?, ?)", row.trial_key,
                       artifact.place, artifact.artifact_key);
    }
  });
}

void Database::write(const RequestSetRow& row) {
  const size_t requests = row.user_ids.size();
  error::require(row.users.size() == requests && row.times.size() == requests,
                 "a request set has one user and one time for each request");
  require_lists(row.truth_offsets, row.truth_items, requests);
  const bool keeps_history = !row.history_offsets.empty();
  if (keeps_history) require_lists(row.history_offsets, row.history_items, requests);
  transaction([&] {
    // BLOBs behind the last value that is not one stay unwritten until they are filled.
    const int64_t fresh = connection_->run(
        "INSERT OR IGNORE INTO request_set (request_set, prepared_hash, fold, window, requests, "
        "users, times, truth_offsets, truth_items, history_offsets, history_items) "
        "VALUES (?1, ?2, ?3, ?4, ?5, zeroblob(4 * ?5), zeroblob(8 * ?5), zeroblob(8 * ?5 + 8), "
        "zeroblob(4 * ?6), iif(?7, zeroblob(8 * ?5 + 8), NULL), iif(?7, zeroblob(4 * ?8), NULL))",
        row.request_set, row.prepared_hash, row.fold, row.window, requests, row.truth_items.size(),
        keeps_history, row.history_items.size());
    if (fresh == 0) return;
    const int64_t rowid = connection_->handle().getLastInsertRowid();
    const auto column = [&]<typename T>(const char* name) {
      return BlobWriter<T>(*connection_, "request_set", name, rowid);
    };
    fill(column.operator()<int32_t>("users"), row.users);
    fill(column.operator()<int64_t>("times"), row.times);
    fill(column.operator()<int64_t>("truth_offsets"), row.truth_offsets);
    fill(column.operator()<int32_t>("truth_items"), row.truth_items);
    if (keeps_history) {
      fill(column.operator()<int64_t>("history_offsets"), row.history_offsets);
      fill(column.operator()<int32_t>("history_items"), row.history_items);
    }
    write_user_ids(*connection_, row);
  });
}

void Database::write(const CatalogueRow& row) {
  connection_->run("INSERT OR IGNORE INTO catalogue VALUES (?, ?, ?)", row.prepared_hash,
                   row.item_ids.size(), json_list(row.item_ids));
}

void Database::write(const LabelRow& row) {
  error::require(
      !row.offsets.empty() && static_cast<size_t>(row.offsets.back()) == row.codes.size(),
      "CSR offsets end where codes end");
  const char* const sql = row.of == LabelRow::Of::users
                              ? "INSERT OR IGNORE INTO user_label VALUES (?, ?, ?, ?, ?)"
                              : "INSERT OR IGNORE INTO item_label VALUES (?, ?, ?, ?, ?)";
  connection_->run(sql, row.prepared_hash, row.cut, json_list(row.labels),
                   std::span<const int64_t>(row.offsets), std::span<const int32_t>(row.codes));
}

void Database::write(const ArtifactRow& row) { upsert_artifact(*connection_, row); }

void Database::write(const task::FitRecord& fit) {
  transaction([&] { write_fit(*connection_, fit); });
}

void Database::write(const FailureRow& row) {
  transaction([&] { record_failure(*connection_, row); });
}

void Database::write(const EventRow& row) {
  connection_->run("INSERT INTO event (run_id, time, level, text) VALUES (?, ?, ?, ?)", row.run_id,
                   row.time, row.level, row.text);
}

void Database::write(const TestLookRow& row) {
  connection_->run(
      "INSERT INTO test_look (run_id, dataset, prepared_hash, time, first_s, last_s) "
      "VALUES (?, ?, ?, ?, ?, ?)",
      row.run_id, row.dataset, row.prepared_hash, row.time, row.first_s, row.last_s);
}

void Database::write(const KnownLookRow& row) {
  connection_->run("INSERT INTO known_look VALUES (?, ?, ?, ?, ?, ?, ?)", row.run_id, row.dataset,
                   row.time, row.database, row.first_s, row.last_s, row.chains);
}

void Database::judged(int64_t run_id, const std::string& judged_by) {
  const int64_t changed =
      connection_->run("UPDATE run SET judged_by = ?2 WHERE run_id = ?1", run_id, judged_by);
  error::require(changed == 1, "a run that is judged was begun");
}

}  // namespace assay::results
