#include <fmt/chrono.h>
#include <fmt/format.h>

#include <chrono>

#include "error/error.h"
#include "results/connection.h"
#include "results/database.h"
#include "results/merge.h"
#include "results/trial_sql.h"

namespace assay {
namespace {

std::string_view status_name(RunStatus status) {
  switch (status) {
    case RunStatus::kRunning:
      return "running";
    case RunStatus::kDone:
      return "done";
    case RunStatus::kFailed:
      return "failed";
    case RunStatus::kInterrupted:
      return "interrupted";
  }
  throw InternalError("a run is running, done, failed or interrupted");
}

void append_json_text(const std::string& text, std::string& json) {
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

std::string json_list(std::span<const std::string> texts) {
  std::string json = "[";
  for (const std::string& text : texts) {
    if (json.size() > 1) json += ',';
    append_json_text(text, json);
  }
  return json + "]";
}

void require_lists(std::span<const int64_t> offsets, std::span<const int32_t> items,
                   size_t requests) {
  require(offsets.size() == requests + 1, "CSR offsets of R requests are R + 1 numbers");
  require(static_cast<size_t>(offsets.back()) == items.size(), "CSR offsets end where items end");
}

}  // namespace

std::string utc_now() {
  const auto now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(now));
}

int64_t Database::begin_run(const RunRow& run) {
  connection_->run(
      "INSERT INTO run (experiment, description, status, started, config, seeds, seed, "
      "primary_definition, primary_cutoff, alpha, margin, command_line, assay_version, git_commit, "
      "build_type, compiler) VALUES (?, ?, 'running', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      run.experiment, run.description, run.started, run.config, run.seeds, run.seed,
      run.primary_definition, run.primary_cutoff, run.alpha, run.margin, run.command_line,
      run.assay_version, run.git_commit, run.build_type, run.compiler);
  return connection_->handle().getLastInsertRowid();
}

void Database::finish_run(int64_t run_id, RunStatus status, const std::string& finished) {
  const int64_t changed =
      connection_->run("UPDATE run SET status = ?2, finished = ?3 WHERE run_id = ?1", run_id,
                       status_name(status), finished);
  require(changed == 1, "a run that ends was begun");
}

int64_t Database::variant_id(int64_t run_id, const std::string& name) const {
  Rows rows = connection_->rows("SELECT variant_id FROM variant WHERE run_id = ? AND name = ?",
                                run_id, name);
  if (rows.next()) return rows.integer(0);
  throw InternalError(fmt::format("run {} has no variant \"{}\"", run_id, name));
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
  const bool property = row.kind == AuditRow::Kind::kProperty;
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

void Database::write(const RunTrialRow& row) {
  transaction([&] {
    connection_->run("INSERT OR IGNORE INTO trial (trial_key, spec, request_set) VALUES (?, ?, ?)",
                     row.trial_key, row.spec, row.request_set);
    connection_->run("INSERT INTO run_trial VALUES (?, ?, ?, ?, ?, ?)", row.run_id,
                     variant_id(row.run_id, row.variant), row.dataset, row.fold, row.seed,
                     row.trial_key);
    for (const StageArtifact& artifact : row.artifacts) {
      connection_->run("INSERT OR IGNORE INTO trial_artifact VALUES (?, ?, ?)", row.trial_key,
                       artifact.place, artifact.artifact_key);
    }
  });
}

void Database::write(const RequestSetRow& row) {
  require(row.users.size() == row.user_ids.size() && row.times.size() == row.user_ids.size(),
          "a request set has one user and one time for each request");
  require_lists(row.truth_offsets, row.truth_items, row.users.size());
  std::optional<std::span<const int64_t>> history_offsets;
  std::optional<std::span<const int32_t>> history_items;
  if (!row.history_offsets.empty()) {
    require_lists(row.history_offsets, row.history_items, row.users.size());
    history_offsets = row.history_offsets;
    history_items = row.history_items;
  }
  connection_->run("INSERT OR IGNORE INTO request_set VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                   row.request_set, row.prepared_hash, row.fold, row.window, row.users.size(),
                   json_list(row.user_ids), row.users, row.times, row.truth_offsets,
                   row.truth_items, history_offsets, history_items);
}

void Database::write(const CatalogueRow& row) {
  connection_->run("INSERT OR IGNORE INTO catalogue VALUES (?, ?, ?)", row.prepared_hash,
                   row.item_ids.size(), json_list(row.item_ids));
}

void Database::write(const LabelRow& row) {
  require(!row.offsets.empty() && static_cast<size_t>(row.offsets.back()) == row.codes.size(),
          "CSR offsets end where codes end");
  const char* const sql = row.of == LabelRow::Of::kUsers
                              ? "INSERT OR IGNORE INTO user_label VALUES (?, ?, ?, ?, ?)"
                              : "INSERT OR IGNORE INTO item_label VALUES (?, ?, ?, ?, ?)";
  connection_->run(sql, row.prepared_hash, row.cut, json_list(row.labels),
                   std::span<const int64_t>(row.offsets), std::span<const int32_t>(row.codes));
}

void Database::write(const ArtifactRow& row) { upsert_artifact(*connection_, row); }

void Database::write(const FailureRow& row) {
  transaction([&] { record_failure(*connection_, row); });
}

void Database::write(const EventRow& row) {
  connection_->run("INSERT INTO event (run_id, time, level, text) VALUES (?, ?, ?, ?)", row.run_id,
                   row.time, row.level, row.text);
}

void Database::write(const TestLookRow& row) {
  connection_->run(
      "INSERT INTO test_look (run_id, dataset, prepared_hash, time) VALUES (?, ?, ?, ?)",
      row.run_id, row.dataset, row.prepared_hash, row.time);
}

}  // namespace assay
