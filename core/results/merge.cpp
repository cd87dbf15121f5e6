#include "results/merge.h"

#include <fmt/core.h>

#include "error/error.h"
#include "results/opening.h"
#include "results/trial_sql.h"

// A part is merged with SQL over the attached file. `fresh_shard` maps the shard ids of the part to
// new ones; shards that an earlier part brought are not in it, so their rows are left out. That
// makes merging twice harmless. Groups of shards that are complete afterwards become done trials
// (finalise.cpp), in the same transaction.

namespace assay::results {
namespace {

/// The part as schema `part`, for the lifetime of this object.
class Attached {
 public:
  Attached(const Connection& database, const std::string& path) : database_(database) {
    database_.run("ATTACH ? AS part", path);
    database_.exec(
        "CREATE TEMP TABLE IF NOT EXISTS fresh_shard "
        "(part_shard INTEGER PRIMARY KEY, shard_id INTEGER)");
  }
  ~Attached() {
    database_.forget_statements();
    database_.handle().tryExec("DETACH part");
  }
  Attached(const Attached&) = delete;

 private:
  const Connection& database_;
};

std::string part_id(const Connection& database, const std::string& path) {
  QueryRows rows = database.rows("SELECT part_id, finished IS NOT NULL FROM part.part");
  if (rows.next() && rows.integer(1) == 1) return rows.text(0);
  throw error::UserError(path, "this is a results file, but no finished part of a task");
}

bool is_merged(const Connection& database, const std::string& id) {
  return database.rows("SELECT 1 FROM main.part WHERE part_id = ?", id).next();
}

void require_known_trials(const Connection& database, const std::string& path) {
  QueryRows rows = database.rows(
      "SELECT trial_key FROM (SELECT trial_key FROM part.shard UNION SELECT trial_key FROM "
      "part.failure UNION SELECT trial_key FROM part.latency) "
      "EXCEPT SELECT trial_key FROM main.trial LIMIT 1");
  if (!rows.next()) return;
  throw error::UserError(path,
                         fmt::format("the part belongs to another results file: trial {} is not "
                                     "known in {}",
                                     rows.text(0), database.path()));
}

void copy_what_has_one_place(const Connection& database, int64_t run_id) {
  database.run(
      "INSERT INTO main.part SELECT part_id, ?, task, kind, started, finished FROM part.part",
      run_id);
  database.run("INSERT INTO main.environment SELECT * FROM part.environment");
  database.run("INSERT OR IGNORE INTO main.metric SELECT * FROM part.metric");
  database.run(
      "INSERT INTO main.artifact SELECT * FROM part.artifact WHERE true "
      "ON CONFLICT DO UPDATE SET plugin = coalesce(nullif(excluded.plugin, ''), plugin), "
      "stage = coalesce(nullif(excluded.stage, ''), stage), "
      "seconds = coalesce(excluded.seconds, seconds), bytes = coalesce(excluded.bytes, bytes), "
      "peak_bytes = coalesce(excluded.peak_bytes, peak_bytes), "
      "fit_bytes = coalesce(excluded.fit_bytes, fit_bytes)");
  database.run("INSERT OR REPLACE INTO main.note SELECT * FROM part.note");
  // Whole: a fit that was made again may have gone on for fewer steps.
  database.run(
      "DELETE FROM main.fit_curve WHERE artifact_key IN (SELECT artifact_key FROM part.artifact)");
  database.run("INSERT INTO main.fit_curve SELECT * FROM part.fit_curve");
  database.run(
      "DELETE FROM main.fit_value WHERE artifact_key IN (SELECT artifact_key FROM part.artifact)");
  database.run("INSERT INTO main.fit_value SELECT * FROM part.fit_value");
  database.run(
      "INSERT OR IGNORE INTO main.latency (timing_key, trial_key, scenario, serving, stage, round, "
      "role, offered_qps, achieved_qps, degraded, samples, data, others_cpu_share, cpu_wait_share, "
      "steal_share, involuntary_switches_per_s) SELECT timing_key, trial_key, scenario, serving, "
      "stage, round, role, offered_qps, achieved_qps, degraded, samples, data, others_cpu_share, "
      "cpu_wait_share, steal_share, involuntary_switches_per_s FROM part.latency");
  database.run("INSERT OR IGNORE INTO main.load_count SELECT * FROM part.load_count");
  database.run("INSERT INTO main.resource_sample SELECT * FROM part.resource_sample");
  database.run(
      "INSERT OR REPLACE INTO main.self_check SELECT ?, prepared_hash, definition, cutoff, "
      "check_name, result, found, expected, tolerance, requests, detail FROM part.self_check",
      run_id);
}

/// Shards that no part brought yet; of done trials only those which add values.
int64_t copy_fresh_shards(const Connection& database) {
  database.run("DELETE FROM temp.fresh_shard");
  const int64_t fresh = database.run(
      "INSERT INTO temp.fresh_shard (part_shard) SELECT s.shard_id FROM part.shard AS s "
      "JOIN main.trial AS t USING (trial_key) "
      "WHERE s.seconds IS NOT NULL AND (t.status <> 'done' OR s.work <> 'evaluate') "
      "AND NOT EXISTS (SELECT 1 FROM main.shard AS m WHERE m.trial_key = s.trial_key "
      "AND m.work = s.work AND m.shards = s.shards AND m.shard = s.shard)");
  database.run(
      "INSERT INTO main.shard (trial_key, work, shards, shard, first_request, requests, seconds, "
      "part_id) SELECT trial_key, work, shards, shard, first_request, requests, seconds, part_id "
      "FROM part.shard JOIN temp.fresh_shard ON part_shard = part.shard.shard_id");
  database.run(
      "UPDATE temp.fresh_shard SET shard_id = (SELECT m.shard_id FROM part.shard AS s "
      "JOIN main.shard AS m USING (trial_key, work, shards, shard) WHERE s.shard_id = part_shard)");
  return fresh;
}

void copy_shard_rows(const Connection& database) {
  database.run(
      "INSERT INTO main.shard_value SELECT f.shard_id, stage, definition, cutoff, data "
      "FROM part.shard_value AS s JOIN temp.fresh_shard AS f ON part_shard = s.shard_id");
  database.run(
      "INSERT INTO main.shard_exposure SELECT f.shard_id, stage, cutoff, items, sparse, data "
      "FROM part.shard_exposure AS s JOIN temp.fresh_shard AS f ON part_shard = s.shard_id");
  database.run(
      "INSERT INTO main.shard_count SELECT f.shard_id, stage, cutoff, relevant, kept "
      "FROM part.shard_count AS s JOIN temp.fresh_shard AS f ON part_shard = s.shard_id");
  database.run(
      "INSERT INTO main.shard_counter SELECT f.shard_id, stage, name, count "
      "FROM part.shard_counter AS s JOIN temp.fresh_shard AS f ON part_shard = s.shard_id");
  // A done trial keeps the slates it was judged by.
  database.run(
      "INSERT INTO main.slate SELECT s.trial_key, f.shard_id, first_request, s.requests, size, "
      "items, scores, propensity FROM part.slate AS s "
      "JOIN temp.fresh_shard AS f ON part_shard = s.shard_id "
      "JOIN main.trial AS t ON t.trial_key = s.trial_key WHERE t.status <> 'done'");
  database.run(
      "INSERT INTO main.stage_list SELECT s.trial_key, f.shard_id, stage, size, requests, lengths, "
      "items, scores, found_offsets, found_items, found_ranks FROM part.stage_list AS s "
      "JOIN temp.fresh_shard AS f ON part_shard = s.shard_id");
  database.run(
      "INSERT INTO main.explanation SELECT s.trial_key, f.shard_id, place, size, requests, rests, "
      "slots, kinds, ids, weights, reason, names FROM part.explanation AS s "
      "JOIN temp.fresh_shard AS f ON part_shard = s.shard_id");
  database.run(
      "INSERT INTO main.list_without SELECT s.trial_key, f.shard_id, size, requests, left_out, "
      "items FROM part.list_without AS s "
      "JOIN temp.fresh_shard AS f ON part_shard = s.shard_id");
  database.run(
      "INSERT INTO main.unknown_request SELECT s.trial_key, f.shard_id, place, count, requests "
      "FROM part.unknown_request AS s JOIN temp.fresh_shard AS f ON part_shard = s.shard_id");
  database.run(
      "INSERT INTO main.policy_input SELECT s.trial_key, f.shard_id, policy, count, unlabelled, "
      "unserved, requests, propensity, reward, probability, predicted, expected, unsupported, "
      "marginal, balanced, mrdr_predicted, mrdr_expected FROM part.policy_input AS s JOIN "
      "temp.fresh_shard AS f ON part_shard = s.shard_id");
  database.run(
      "INSERT INTO main.policy_truth SELECT s.trial_key, f.shard_id, policy, count, sum "
      "FROM part.policy_truth AS s JOIN temp.fresh_shard AS f ON part_shard = s.shard_id");
}

std::vector<std::string> record_failures(const Connection& database) {
  std::vector<FailureRow> failures;
  {
    QueryRows rows = database.rows(
        "SELECT trial_key, task, stage, plugin, batch, kind, reason FROM part.failure "
        "ORDER BY failure_id");
    while (rows.next()) {
      failures.push_back({rows.text(0), rows.text(1), rows.text(2), rows.text(3),
                          rows.maybe_integer(4), rows.text(5), rows.text(6)});
    }
  }
  std::vector<std::string> failed;
  for (const FailureRow& failure : failures) {
    record_failure(database, failure);
    if (fails_trial(failure.task)) failed.push_back(failure.trial_key);
  }
  return failed;
}

std::vector<ShardGroup> complete_groups(const Connection& database) {
  QueryRows rows = database.rows(
      "SELECT s.trial_key, s.work, s.shards FROM main.shard AS s JOIN (SELECT DISTINCT trial_key, "
      "work, shards FROM main.shard JOIN temp.fresh_shard USING (shard_id)) "
      "USING (trial_key, work, shards) "
      "GROUP BY 1, 2, 3 HAVING count(*) = s.shards ORDER BY 1, 2, 3");
  std::vector<ShardGroup> groups;
  while (rows.next()) groups.push_back({rows.text(0), rows.text(1), rows.integer(2)});
  return groups;
}

int64_t shards_in_part(const Connection& database) {
  QueryRows rows = database.rows("SELECT count(*) FROM part.shard WHERE seconds IS NOT NULL");
  rows.next();
  return rows.integer(0);
}

}  // namespace

void record_failure(const Connection& database, const FailureRow& failure) {
  insert_failure(database, failure);
  if (!fails_trial(failure.task)) return;
  database.run(
      "UPDATE trial SET status = 'failed', reason = ?2 WHERE trial_key = ?1 AND status = 'missing'",
      failure.trial_key, failure.reason);
}

MergeReport merge_part(const Connection& database, const std::string& part_path, int64_t run_id,
                       const CatalogueMetrics& catalogue) {
  check_part(part_path, database.pragma("user_version"));
  const Attached attached(database, part_path);
  MergeReport report;
  const std::string id = part_id(database, part_path);
  if (is_merged(database, id)) {
    report.already_merged = true;
    return report;
  }
  require_known_trials(database, part_path);
  database.transaction([&] {
    copy_what_has_one_place(database, run_id);
    report.shards_added = static_cast<int>(copy_fresh_shards(database));
    report.shards_ignored = static_cast<int>(shards_in_part(database)) - report.shards_added;
    copy_shard_rows(database);
    report.failed_trials = record_failures(database);
    for (const ShardGroup& group : complete_groups(database)) {
      finalise(database, group, catalogue);
      report.finished_trials.push_back(group.trial_key);
    }
  });
  return report;
}

}  // namespace assay::results
