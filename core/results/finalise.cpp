#include <fmt/core.h>

#include <cmath>
#include <functional>
#include <tuple>

#include "error/error.h"
#include "results/blob_cell.h"
#include "results/merge.h"
#include "results/run_rows.h"
#include "task/policy_work.h"

// The last shard of a trial has been merged: the rows of its shards become one row per column.
// Values are read in the order of the requests, one shard at a time, so the result depends neither
// on the number of workers nor on which was first, and memory is that of one shard.

namespace assay::results {
namespace {

/// Of a done trial; none while it is not done.
std::optional<int64_t> requests_of(const Connection& database, const std::string& trial_key) {
  QueryRows rows = database.rows(
      "SELECT requests FROM trial WHERE trial_key = ? AND status = 'done'", trial_key);
  return rows.next() ? rows.maybe_integer(0) : std::nullopt;
}

/// Checks that the shards cover the requests without gap or overlap; returns how many requests they
/// cover.
int64_t covered_requests(const Connection& database, const ShardGroup& group) {
  QueryRows rows = database.rows(
      "SELECT first_request, requests FROM shard WHERE trial_key = ? AND work = ? AND shards = ? "
      "ORDER BY shard",
      group.trial_key, group.work, group.shards);
  int64_t covered = 0;
  while (rows.next()) {
    error::require(rows.integer(0) == covered, "the shards of a trial follow one another");
    covered += rows.integer(1);
  }
  return covered;
}

std::vector<StageMetric> columns_of(const Connection& database, const ShardGroup& group) {
  QueryRows rows = database.rows(
      "SELECT v.stage, v.definition, v.cutoff, count(*) FROM shard JOIN shard_value AS v "
      "USING (shard_id) WHERE trial_key = ? AND work = ? AND shards = ? GROUP BY 1, 2, 3",
      group.trial_key, group.work, group.shards);
  std::vector<StageMetric> columns;
  while (rows.next()) {
    columns.push_back({rows.text(0), rows.text(1), static_cast<int>(rows.integer(2))});
    if (rows.integer(3) == group.shards) continue;
    throw error::InternalError(fmt::format("trial {}: {}@{} of stage {} came with {} of {} shards",
                                           group.trial_key, columns.back().definition,
                                           columns.back().cutoff, columns.back().stage,
                                           rows.integer(3), group.shards));
  }
  return columns;
}

/// Summed in request order in double: the same bits for any sharding.
struct Mean {
  double sum = 0;
  int64_t counted = 0, excluded = 0;

  void add(std::span<const float> values) {
    for (const float value : values) {
      if (std::isnan(value)) {
        ++excluded;
      } else {
        sum += value;
        ++counted;
      }
    }
  }
  int64_t requests() const { return counted + excluded; }
  std::optional<double> mean() const {
    return counted > 0 ? std::optional(sum / static_cast<double>(counted)) : std::nullopt;
  }
};

void each_shard(const Connection& database, const ShardGroup& group, const StageMetric& at,
                const std::function<void(std::span<const float>)>& take) {
  QueryRows rows = database.rows(
      "SELECT v.data FROM shard AS s JOIN shard_value AS v USING (shard_id) "
      "WHERE s.trial_key = ? AND s.work = ? AND s.shards = ? AND v.stage = ? "
      "AND v.definition = ? AND v.cutoff = ? ORDER BY s.shard",
      group.trial_key, group.work, group.shards, at.stage, at.definition, at.cutoff);
  while (rows.next()) take(rows.blob<float>(0));
}

/// The shards are gone through twice, for the mean and for the values: one shard is held at a time.
void join_column(const Connection& database, const ShardGroup& group, const StageMetric& at) {
  Mean mean;
  each_shard(database, group, at, [&](std::span<const float> values) { mean.add(values); });
  const int64_t fresh = database.run(
      "INSERT OR IGNORE INTO request_value VALUES (?, ?, ?, ?, ?, ?, ?, zeroblob(?))",
      group.trial_key, at.stage, at.definition, at.cutoff, mean.requests(), mean.excluded,
      mean.mean(), mean.requests() * static_cast<int64_t>(sizeof(float)));
  if (fresh == 0) return;
  BlobWriter<float> data(database, "request_value", "data", database.handle().getLastInsertRowid());
  each_shard(database, group, at, [&](std::span<const float> values) { data.append(values); });
}

void sum_counts(const Connection& database, const ShardGroup& group) {
  database.run(
      "INSERT OR IGNORE INTO stage_count SELECT s.trial_key, c.stage, c.cutoff, sum(c.relevant), "
      "sum(c.kept) FROM shard AS s JOIN shard_count AS c USING (shard_id) "
      "WHERE s.trial_key = ? AND s.work = ? AND s.shards = ? GROUP BY c.stage, c.cutoff",
      group.trial_key, group.work, group.shards);
  database.run(
      "INSERT OR IGNORE INTO counter SELECT s.trial_key, c.stage, c.name, sum(c.count) "
      "FROM shard AS s JOIN shard_counter AS c USING (shard_id) "
      "WHERE s.trial_key = ? AND s.work = ? AND s.shards = ? GROUP BY c.stage, c.name",
      group.trial_key, group.work, group.shards);
}

// -- Exposure
// ----------------------------------------------------------------------------------------------------

struct SummedExposure {
  std::string stage;
  int cutoff = 0;
  std::vector<int64_t> counts;
};

void add_counts(const QueryRows& row, std::vector<int64_t>& counts) {
  const auto items = static_cast<size_t>(row.integer(0));
  if (counts.empty()) counts.resize(items);
  error::require(counts.size() == items, "all shards of a trial count over the same catalogue");
  const auto data = row.blob<int32_t>(2);
  const bool sparse = row.integer(1) == 1;
  const size_t step = sparse ? 2 : 1;
  for (size_t i = 0; i < data.size(); i += step) {
    counts[sparse ? static_cast<size_t>(data[i]) : i] += data[i + step - 1];
  }
}

std::vector<SummedExposure> sum_exposures(const Connection& database, const ShardGroup& group) {
  std::vector<SummedExposure> sums;
  {
    QueryRows lists = database.rows(
        "SELECT DISTINCT e.stage, e.cutoff FROM shard AS s JOIN shard_exposure AS e "
        "USING (shard_id) WHERE s.trial_key = ? AND s.work = ? AND s.shards = ? ORDER BY 1, 2",
        group.trial_key, group.work, group.shards);
    while (lists.next()) sums.push_back({lists.text(0), static_cast<int>(lists.integer(1)), {}});
  }
  // List by list: to sort them all at once the counts of every shard would be held.
  for (SummedExposure& sum : sums) {
    QueryRows rows = database.rows(
        "SELECT e.items, e.sparse, e.data FROM shard AS s JOIN shard_exposure AS e USING "
        "(shard_id) "
        "WHERE s.trial_key = ? AND s.work = ? AND s.shards = ? AND e.stage = ? AND e.cutoff = ?",
        group.trial_key, group.work, group.shards, sum.stage, sum.cutoff);
    while (rows.next()) add_counts(rows, sum.counts);
  }
  return sums;
}

void write_catalogue_values(const Connection& database, const ShardGroup& group, int64_t requests,
                            const CatalogueMetrics& catalogue) {
  if (!catalogue) return;
  const std::vector<SummedExposure> sums = sum_exposures(database, group);
  std::vector<Exposure> exposures;
  exposures.reserve(sums.size());
  for (const SummedExposure& sum : sums) {
    exposures.push_back({sum.stage, sum.cutoff, requests, sum.counts});
  }
  for (const CatalogueValue& value : catalogue(group.trial_key, exposures)) {
    std::optional<std::string> reason;
    if (!value.value) reason = value.reason;
    database.run("INSERT OR IGNORE INTO value VALUES (?, ?, ?, ?, ?, ?)", group.trial_key,
                 value.at.stage, value.at.definition, value.at.cutoff, value.value, reason);
  }
}

// -- Tidying
// -----------------------------------------------------------------------------------------------------

/// Pieces of the same work cut otherwise (an earlier run with other shards) are not needed any
/// more.
void drop_other_cuts(const Connection& database, const ShardGroup& group) {
  database.run("DELETE FROM shard WHERE trial_key = ? AND work = ? AND shards <> ?",
               group.trial_key, group.work, group.shards);
}

void drop_shard_rows(const Connection& database, const ShardGroup& group) {
  for (const char* sql :
       {"DELETE FROM shard_value WHERE shard_id IN (SELECT shard_id FROM shard "
        "WHERE trial_key = ? AND work = ? AND shards = ?)",
        "DELETE FROM shard_exposure WHERE shard_id IN (SELECT shard_id FROM shard "
        "WHERE trial_key = ? AND work = ? AND shards = ?)",
        "DELETE FROM shard_count WHERE shard_id IN (SELECT shard_id FROM shard "
        "WHERE trial_key = ? AND work = ? AND shards = ?)",
        "DELETE FROM shard_counter WHERE shard_id IN (SELECT shard_id FROM shard "
        "WHERE trial_key = ? AND work = ? AND shards = ?)"}) {
    database.run(sql, group.trial_key, group.work, group.shards);
  }
}

}  // namespace

void finalise(const Connection& database, const ShardGroup& group,
              const CatalogueMetrics& catalogue) {
  const int64_t requests = covered_requests(database, group);
  const std::optional<int64_t> known = requests_of(database, group.trial_key);
  error::require(!known || *known == requests,
                 "values added to a done trial are of all its requests");
  for (const StageMetric& at : columns_of(database, group)) join_column(database, group, at);
  sum_counts(database, group);
  drop_other_cuts(database, group);
  if (!known) {
    database.run(
        "UPDATE trial SET status = 'done', reason = NULL, requests = ?2, finished = ?3 "
        "WHERE trial_key = ?1",
        group.trial_key, requests, utc_now());
  }
  if (group.work.starts_with(task::kPolicyWork)) {
    // It adds no value, and what went wrong before is mended.
    database.run("DELETE FROM failure WHERE trial_key = ? AND task = ?", group.trial_key,
                 group.work);
    return;
  }
  // Behind it: some of these read the kept lists, which a done trial has whole.
  write_catalogue_values(database, group, requests, catalogue);
  drop_shard_rows(database, group);
}

}  // namespace assay::results
