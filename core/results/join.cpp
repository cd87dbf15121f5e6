#include "results/join.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <memory>
#include <set>
#include <vector>

#include "error/error.h"
#include "results/connection.h"
#include "results/join_logs.h"
#include "results/join_sql.h"
#include "results/migrate.h"
#include "results/opening.h"
#include "results/request_values_table.h"

// The joined run is an in-memory database of the usual schema with the files attached. Small tables
// are copied under new ids; large ones (values, slates, requests) stay in their files and are read
// through temporary views with the names of the tables. `owner` says from which file a trial is
// read: the first in which it is done, else the first that has it.

namespace assay::results {
namespace {

constexpr char kInMemory[] = ":memory:";

/// What has one place in the joined run and is copied, or is written by an analysis. All other
/// tables that go by trial, request set or data are read where they are.
const std::set<std::string> kOwnTables = {"metric",
                                          "run",
                                          "data_source",
                                          "audit",
                                          "data_removed",
                                          "variant",
                                          "stage",
                                          "run_trial",
                                          "event",
                                          "test_look",
                                          "trial",
                                          "part",
                                          "environment",
                                          "summary",
                                          "comparison",
                                          "latency_quantile",
                                          "trial_artifact",
                                          "artifact",
                                          "note",
                                          "plugin_state",
                                          "tuning",
                                          "tuning_trial",
                                          "run_tuning",
                                          "variant_policy",
                                          "policy_value",
                                          "attribution",
                                          "attribution_mix",
                                          "attribution_value",
                                          "self_check",
                                          "changed_log",
                                          "attack_target",
                                          "attack_effect",
                                          "loop_day",
                                          "world"};

std::vector<std::string> texts(const Connection& connection, const std::string& sql) {
  std::vector<std::string> out;
  SQLite::Statement statement(connection.handle(), sql);
  while (statement.executeStep()) out.push_back(statement.getColumn(0).getString());
  return out;
}

std::unique_ptr<Connection> in_memory() {
  auto connection = std::make_unique<Connection>(
      kInMemory, kInMemory, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_URI,
      kJoinBusyMs);
  connection->set_writable(true);
  connection->exec(fmt::format("PRAGMA application_id = {}", kApplicationId));
  migrate(*connection, migrations());
  // The rows that stay where they are cannot be referred to.
  connection->exec("PRAGMA foreign_keys = OFF; PRAGMA temp_store = MEMORY");
  return connection;
}

std::string schema_of(size_t source) { return fmt::format("source{}", source); }

/// The joined run, filled file by file.
class Join {
 public:
  Join(const Connection& into, std::span<const JoinedRun> runs) : into_(into), runs_(runs) {}

  void run(const RunRow& row, int64_t run_id) {
    run_id_ = run_id;
    for (size_t source = 0; source < runs_.size(); ++source) attach(source);
    into_.exec("CREATE TEMP TABLE owner (trial_key TEXT PRIMARY KEY, source INTEGER)");
    for (const char* which : {"= 'done'", "<> 'done'"}) {
      for (size_t source = 0; source < runs_.size(); ++source) own_trials(source, which);
    }
    for (size_t source = 0; source < runs_.size(); ++source) copy(source);
    for (size_t source = 0; source < runs_.size(); ++source)
      for (const auto& [name, shown] : runs_[source].variants)
        copy_changed_log(into_, at(source), run_id_, {name, shown}, runs_[source].datasets);
    into_.run("UPDATE run SET status = 'done', finished = ?2 WHERE run_id = ?1", run_id,
              row.started);
    read_the_rest_through();
  }

 private:
  /// Opened once in the usual way first: that refuses what cannot be read, and brings an older
  /// schema up to date.
  void attach(size_t source) {
    const std::string& path = runs_[source].path;
    open_for_reading(path, migrations());
    execute(into_, fmt::format("ATTACH ? AS {}", schema_of(source)), readonly_uri(path));
  }

  JoinedFrom at(size_t source) const { return {schema_of(source), source, runs_[source].run_id}; }

  std::string linked(size_t source) const {
    return fmt::format("(SELECT trial_key FROM {}.run_trial WHERE run_id = {})", schema_of(source),
                       runs_[source].run_id);
  }

  void own_trials(size_t source, const char* which) {
    execute(into_, fmt::format("INSERT OR IGNORE INTO temp.owner SELECT trial_key, {} FROM "
                               "{}.trial WHERE status {} AND trial_key IN {}",
                               source, schema_of(source), which, linked(source)));
  }

  void copy(size_t source) {
    const std::string from = schema_of(source);
    const int64_t run = runs_[source].run_id;
    execute(into_, fmt::format("INSERT OR IGNORE INTO main.metric SELECT * FROM {}.metric", from));
    execute(into_, fmt::format("INSERT INTO main.trial SELECT t.* FROM {}.trial AS t JOIN "
                               "temp.owner AS o USING (trial_key) WHERE o.source = {}",
                               from, source));
    copy_notes(from, source);
    copy_parts(from, source, run);
    for (const auto& [name, shown] : runs_[source].variants) copy_variant(source, name, shown);
    for (const auto& [name, shown] : runs_[source].datasets) copy_data(source, name, shown);
  }

  /// What the stages of the trials said in their fits.
  void copy_notes(const std::string& from, size_t source) {
    const std::string owned =
        fmt::format("(SELECT trial_key FROM temp.owner WHERE source = {})", source);
    execute(into_, fmt::format("INSERT INTO main.trial_artifact SELECT * FROM {}.trial_artifact "
                               "WHERE trial_key IN {}",
                               from, owned));
    for (const char* table : {"artifact", "note"}) {
      execute(into_, fmt::format("INSERT OR IGNORE INTO main.{1} SELECT * FROM {0}.{1} WHERE "
                                 "artifact_key IN (SELECT artifact_key FROM {0}.trial_artifact "
                                 "WHERE trial_key IN {2})",
                                 from, table, owned));
    }
  }

  void copy_parts(const std::string& from, size_t source, int64_t run) {
    const std::string wanted = fmt::format(
        "(SELECT part_id FROM {0}.part WHERE run_id = {1} UNION SELECT part_id FROM "
        "{0}.shard WHERE trial_key IN {2})",
        from, run, linked(source));
    execute(into_,
            fmt::format("INSERT OR IGNORE INTO main.part SELECT part_id, ?, task, kind, "
                        "started, finished FROM {}.part WHERE part_id IN {}",
                        from, wanted),
            run_id_);
    execute(into_, fmt::format("INSERT OR IGNORE INTO main.environment SELECT * FROM "
                               "{}.environment WHERE part_id IN {}",
                               from, wanted));
  }

  // Variants keep their order within a file, and files follow one another. Only the first file has
  // a baseline.
  void copy_variant(size_t source, const std::string& name, const std::string& shown) {
    const std::string from = schema_of(source);
    const int64_t run = runs_[source].run_id;
    const std::string of = fmt::format(
        "(SELECT variant_id FROM {}.variant WHERE run_id = ? AND "
        "name = ?)",
        from);
    execute(into_,
            fmt::format("INSERT INTO main.variant (run_id, name, chain, position, "
                        "is_baseline) SELECT ?, ?, chain, position + 1000000 * {0}, "
                        "is_baseline AND {0} = 0 FROM {1}.variant WHERE variant_id = {2}",
                        source, from, of),
            run_id_, shown, run, name);
    const int64_t id = into_.handle().getLastInsertRowid();
    execute(into_,
            fmt::format("INSERT INTO main.stage SELECT ?, place, kind, plugin, version, "
                        "so_sha256, params FROM {}.stage WHERE variant_id = {}",
                        from, of),
            id, run, name);
    execute(into_,
            fmt::format("INSERT INTO main.plugin_state SELECT ?, ?, plugin, kind, so_sha256, "
                        "build_type, optimised, held, checks, first_failure, checked, checked_on, "
                        "checked_by, assay_version FROM {}.plugin_state WHERE variant_id = {}",
                        from, of),
            run_id_, id, run, name);
    execute(into_,
            fmt::format("INSERT INTO main.variant_policy SELECT ?, policy FROM {}.variant_policy "
                        "WHERE variant_id = {}",
                        from, of),
            id, run, name);
    for (const auto& [dataset, shown_dataset] : runs_[source].datasets) {
      execute(into_,
              fmt::format("INSERT INTO main.run_trial (run_id, variant_id, dataset, fold, "
                          "seed, trial_key) SELECT ?, ?, ?, fold, seed, trial_key FROM "
                          "{}.run_trial WHERE variant_id = {} AND dataset = ?",
                          from, of),
              run_id_, id, shown_dataset, run, name, dataset);
      copy_tuning(source, name, shown, dataset, shown_dataset);
    }
  }

  /// What the variant was tuned with on the data set; one tuning may stand in several files.
  void copy_tuning(size_t source, const std::string& name, const std::string& shown,
                   const std::string& dataset, const std::string& shown_dataset) {
    const std::string from = schema_of(source);
    const int64_t run = runs_[source].run_id;
    const std::string taken = fmt::format(
        "{0}.run_tuning AS u JOIN {0}.tuning AS s USING (tuning_id) WHERE u.run_id = ? AND "
        "u.variant = ? AND u.dataset = ?",
        from);
    execute(
        into_,
        "INSERT OR IGNORE INTO main.tuning (tuning_key, spec) SELECT s.tuning_key, s.spec FROM " +
            taken,
        run, name, dataset);
    execute(into_,
            fmt::format("INSERT OR IGNORE INTO main.tuning_trial SELECT m.tuning_id, number, rung, "
                        "params, status, value, requests, fit_seconds, t.seconds, curve, reason, "
                        "artifacts, made, finished FROM {0}.tuning_trial AS t JOIN {0}.tuning AS s "
                        "USING (tuning_id) JOIN main.tuning AS m USING (tuning_key) WHERE "
                        "s.tuning_id IN (SELECT tuning_id FROM {0}.run_tuning WHERE run_id = ? AND "
                        "variant = ? AND dataset = ?)",
                        from),
            run, name, dataset);
    execute(into_,
            fmt::format("INSERT OR IGNORE INTO main.run_tuning SELECT ?, ?, ?, m.tuning_id, "
                        "u.method, u.trials, u.seconds, u.definition, u.cutoff, u.chosen FROM "
                        "{0}.run_tuning AS u JOIN {0}.tuning AS s USING (tuning_id) JOIN "
                        "main.tuning AS m USING (tuning_key) WHERE u.run_id = ? AND u.variant = ? "
                        "AND u.dataset = ?",
                        from),
            run_id_, shown_dataset, shown, run, name, dataset);
  }

  void copy_data(size_t source, const std::string& name, const std::string& shown) {
    const std::string from = schema_of(source);
    const int64_t run = runs_[source].run_id;
    execute(into_,
            fmt::format("INSERT OR IGNORE INTO main.data_source SELECT ?, ?, fold, source, "
                        "source_hash, prepared_hash, users, items, events, windows, licence, "
                        "citation FROM {}.data_source WHERE run_id = ? AND dataset = ?",
                        from),
            run_id_, shown, run, name);
    execute(into_,
            fmt::format("INSERT OR IGNORE INTO main.audit (run_id, dataset, fold, check_name, "
                        "kind, result, detail) SELECT ?, ?, fold, check_name, kind, "
                        "result, detail FROM {}.audit WHERE run_id = ? AND dataset = ?",
                        from),
            run_id_, shown, run, name);
    execute(into_,
            fmt::format("INSERT OR IGNORE INTO main.world SELECT ?, ?, spec FROM {}.world WHERE "
                        "run_id = ? AND dataset = ?",
                        from),
            run_id_, shown, run, name);
    copy_self_checks(into_, at(source), run_id_, name);
    execute(
        into_,
        fmt::format("INSERT INTO main.test_look (run_id, dataset, prepared_hash, time, "
                    "first_s, last_s) "
                    "SELECT ?, ?, prepared_hash, time, first_s, last_s FROM {0}.test_look WHERE "
                    "prepared_hash IN (SELECT prepared_hash FROM {0}.data_source WHERE "
                    "run_id = ? AND dataset = ?) ORDER BY look_id",
                    from),
        run_id_, shown, run, name);
  }

  void read_the_rest_through() {
    const std::vector<std::string> tables =
        texts(into_,
              "SELECT name FROM main.sqlite_master WHERE type = 'table' AND name NOT LIKE "
              "'sqlite%'");
    for (const std::string& table : tables) {
      if (!kOwnTables.contains(table)) read_through(table);
    }
    renew_views();
  }

  /// The views of the schema see its own tables alone; temporary ones of the same names see all.
  void renew_views() {
    constexpr std::string_view kCreate = "CREATE VIEW";
    for (const std::string& sql :
         texts(into_, "SELECT sql FROM main.sqlite_master WHERE type = 'view'")) {
      error::require(sql.starts_with(kCreate), "a view is written as it was created");
      into_.exec("CREATE TEMP VIEW" + sql.substr(kCreate.size()));
    }
  }

  /// A view in front of the table of the same name: the rows of each file, those of a trial from
  /// the file that has it.
  void read_through(const std::string& table) {
    const std::vector<std::string> columns =
        texts(into_, fmt::format("SELECT name FROM pragma_table_info('{}')", table));
    const auto has = [&](const char* column) {
      return std::ranges::find(columns, column) != columns.end();
    };
    const bool by_trial = has("trial_key");
    if (!by_trial && !has("request_set") && !has("prepared_hash")) return;
    std::string sql;
    for (size_t source = 0; source < runs_.size(); ++source) {
      sql += fmt::format("{}SELECT * FROM {}.{} AS x", source == 0 ? "" : " UNION ALL ",
                         schema_of(source), table);
      if (!by_trial) continue;
      sql += fmt::format(
          " WHERE EXISTS (SELECT 1 FROM temp.owner AS o WHERE o.trial_key = "
          "x.trial_key AND o.source = {})",
          source);
    }
    into_.exec(fmt::format("CREATE TEMP VIEW {} AS {}", table, sql));
  }

  const Connection& into_;
  std::span<const JoinedRun> runs_;
  int64_t run_id_ = 0;
};

}  // namespace

Database join_runs(std::span<const JoinedRun> runs, const RunRow& row) {
  if (runs.size() > kMostJoinedRuns) {
    throw error::UserError(fmt::format("{} runs are too many to compare at once; {} can be",
                                       runs.size(), kMostJoinedRuns));
  }
  Database joined(in_memory());
  const int64_t run_id = joined.begin_run(row);
  Join(*joined.connection_, runs).run(row, run_id);
  return joined;
}

}  // namespace assay::results
