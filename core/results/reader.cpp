#include "results/reader.h"

#include <fmt/core.h>

#include <algorithm>

#include "error/error.h"
#include "results/connection.h"

namespace assay::results {
namespace {

std::optional<bool> maybe_bool(const QueryRows& rows, int column) {
  const auto value = rows.maybe_integer(column);
  return value ? std::optional(*value != 0) : std::nullopt;
}

constexpr std::string_view kLatencyColumns =
    "timing_key, trial_key, scenario, stage, round, role, offered_qps, achieved_qps, degraded, "
    "serving, others_cpu_share, cpu_wait_share, steal_share, involuntary_switches_per_s";
constexpr std::string_view kLatencyRows =
    " FROM latency WHERE trial_key = ? ORDER BY timing_key, scenario, serving, stage, role DESC, "
    "round";

// The columns of kLatencyColumns.
LatencySamples latency_row(const QueryRows& rows) {
  LatencySamples row;
  row.timing_key = rows.text(0);
  row.trial_key = rows.text(1);
  row.scenario = rows.text(2);
  row.stage = rows.text(3);
  row.round = static_cast<int>(rows.integer(4));
  row.role = task::parse_stored<LatencySamples::Role>(rows.text(5));
  row.offered_qps = rows.maybe_real(6);
  row.achieved_qps = rows.maybe_real(7);
  row.degraded = rows.maybe_integer(8);
  row.serving = rows.text(9);
  row.disturbance = {rows.maybe_real(10), rows.maybe_real(11), rows.maybe_real(12),
                     rows.maybe_real(13)};
  return row;
}

/// Offsets and items of one pair of columns of a request set; none where they are NULL.
std::optional<ItemLists> item_lists(QueryRows rows, const std::string& request_set) {
  if (!rows.next()) {
    throw error::UserError(fmt::format("there is no request set {} in this file", request_set));
  }
  if (rows.is_null(0)) return std::nullopt;
  return ItemLists{rows.blob<int64_t>(0), rows.blob<int32_t>(1)};
}

}  // namespace

std::vector<RunInfo> Reader::runs() const {
  QueryRows rows = database_.connection_->rows(
      "SELECT run_id, experiment, description, started, config, seeds, seed, primary_definition, "
      "primary_cutoff, alpha, margin, command_line, assay_version, git_commit, build_type, "
      "compiler, status, finished, coalesce(judged_by, ''), "
      "coalesce(folder, '') FROM run ORDER BY run_id");
  std::vector<RunInfo> runs;
  while (rows.next()) {
    const RunRow row{
        rows.text(1),  rows.text(2),        rows.text(3),  rows.text(4),
        rows.text(5),  rows.integer(6),     rows.text(7),  static_cast<int>(rows.integer(8)),
        rows.real(9),  rows.maybe_real(10), rows.text(11), rows.text(12),
        rows.text(13), rows.text(14),       rows.text(15), rows.text(18),
        rows.text(19)};
    runs.push_back(
        {rows.integer(0), row, task::parse_stored<RunStatus>(rows.text(16)), rows.maybe_text(17)});
  }
  return runs;
}

std::vector<VariantInfo> Reader::variants(int64_t run_id) const {
  QueryRows rows = database_.connection_->rows(
      "SELECT name, position, is_baseline FROM variant WHERE run_id = ? ORDER BY position", run_id);
  std::vector<VariantInfo> variants;
  while (rows.next()) {
    variants.push_back({rows.text(0), static_cast<int>(rows.integer(1)), rows.integer(2) != 0});
  }
  return variants;
}

std::vector<PluginStateRow> Reader::plugin_states(int64_t run_id) const {
  QueryRows rows = database_.connection_->rows(
      "SELECT coalesce(v.name, ''), s.plugin, s.kind, s.so_sha256, s.build_type, s.optimised, "
      "s.held, s.checks, s.first_failure, s.checked_on, s.checked, s.assay_version, "
      "coalesce(s.checked_by, '') FROM plugin_state AS s LEFT JOIN variant AS v USING (variant_id) "
      "WHERE s.run_id = ? ORDER BY v.position, s.rowid",
      run_id);
  std::vector<PluginStateRow> states;
  while (rows.next()) {
    PluginStateRow& row = states.emplace_back();
    row.run_id = run_id;
    row.variant = rows.text(0);
    row.plugin = rows.text(1);
    row.kind = rows.text(2);
    row.so_sha256 = rows.text(3);
    row.build_type = rows.text(4);
    row.optimised = rows.integer(5) != 0;
    if (rows.is_null(6)) continue;
    row.check = {row.plugin,   row.kind,     rows.integer(6), rows.integer(7),
                 rows.text(8), rows.text(9), rows.text(10),   rows.text(11)};
    row.checked_by_build = rows.text(12) == "build";
  }
  return states;
}

std::vector<RunTrial> Reader::trials(int64_t run_id) const {
  QueryRows rows = database_.connection_->rows(
      "SELECT v.name, l.dataset, l.fold, l.seed, trial_key, t.status, coalesce(t.reason, ''), "
      "t.request_set, v.serving FROM run_trial AS l JOIN variant AS v USING (variant_id) "
      "JOIN trial AS t USING (trial_key) WHERE l.run_id = ? "
      "ORDER BY v.position, l.dataset, l.fold, l.seed",
      run_id);
  std::vector<RunTrial> trials;
  while (rows.next()) {
    trials.push_back({rows.text(0), rows.text(1), rows.text(2), rows.maybe_integer(3), rows.text(4),
                      task::stored_status(rows.text(5)), rows.text(6), rows.text(7), rows.text(8)});
  }
  return trials;
}

std::vector<MetricRow> Reader::metrics() const {
  QueryRows rows = database_.connection_->rows(
      "SELECT definition, name, scope, unit, higher_is_better, doc FROM metric ORDER BY name");
  std::vector<MetricRow> metrics;
  while (rows.next()) {
    metrics.push_back({rows.text(0), rows.text(1),
                       task::parse_stored<MetricRow::Scope>(rows.text(2)), rows.text(3),
                       maybe_bool(rows, 4), rows.text(5)});
  }
  return metrics;
}

std::vector<float> Reader::request_values(const std::string& trial_key,
                                          const StageMetric& at) const {
  QueryRows rows = database_.connection_->rows(
      "SELECT data FROM request_value WHERE trial_key = ? AND stage = ? AND definition = ? "
      "AND cutoff = ?",
      trial_key, at.stage, at.definition, at.cutoff);
  if (rows.next()) return rows.blob<float>(0);
  throw error::UserError(database_.path(),
                         fmt::format("trial {} has no values a request of {}@{} at "
                                     "stage {}",
                                     trial_key, at.definition, at.cutoff, at.stage));
}

std::optional<double> Reader::catalogue_value(const std::string& trial_key,
                                              const StageMetric& at) const {
  QueryRows rows = database_.connection_->rows(
      "SELECT value FROM value WHERE trial_key = ? AND stage = ? AND definition = ? AND cutoff = ?",
      trial_key, at.stage, at.definition, at.cutoff);
  return rows.next() ? rows.maybe_real(0) : std::nullopt;
}

std::vector<KeptLatency> Reader::latency(const std::string& trial_key) const {
  QueryRows rows = database_.connection_->rows(
      fmt::format("SELECT {}, data{}", kLatencyColumns, kLatencyRows).c_str(), trial_key);
  std::vector<KeptLatency> kept;
  while (rows.next()) kept.push_back({latency_row(rows), rows.blob<float>(14)});
  return kept;
}

std::vector<LatencySamples> Reader::latency_rows(const std::string& trial_key) const {
  QueryRows rows = database_.connection_->rows(
      fmt::format("SELECT {}{}", kLatencyColumns, kLatencyRows).c_str(), trial_key);
  std::vector<LatencySamples> kept;
  while (rows.next()) kept.push_back(latency_row(rows));
  return kept;
}

RequestUsers Reader::request_users(const std::string& request_set) const {
  QueryRows rows = database_.connection_->rows(
      "SELECT users, times FROM request_set WHERE request_set = ?", request_set);
  if (rows.next()) return {rows.blob<int32_t>(0), rows.blob<int64_t>(1)};
  throw error::UserError(database_.path(),
                         "there is no request set " + request_set + " in this file");
}

std::vector<std::string> Reader::request_user_ids(const std::string& request_set) const {
  QueryRows rows = database_.connection_->rows(
      "SELECT u.value FROM request_user, json_each(user_ids) AS u WHERE request_set = ? "
      "ORDER BY first_request, u.key",
      request_set);
  std::vector<std::string> ids;
  while (rows.next()) ids.push_back(rows.text(0));
  return ids;
}

ItemLists Reader::truth(const std::string& request_set) const {
  return *item_lists(
      database_.connection_->rows(
          "SELECT truth_offsets, truth_items FROM request_set WHERE request_set = ?", request_set),
      request_set);
}

std::optional<ItemLists> Reader::history(const std::string& request_set) const {
  return item_lists(
      database_.connection_->rows(
          "SELECT history_offsets, history_items FROM request_set WHERE request_set = ?",
          request_set),
      request_set);
}

std::optional<LabelRow> Reader::labels(const std::string& request_set,
                                       const std::string& cut) const {
  const bool users = cut.starts_with("user");
  QueryRows rows = database_.connection_->rows(
      users ? "SELECT prepared_hash, labels, offsets, codes FROM user_label "
              "JOIN request_set USING (prepared_hash) WHERE request_set = ? AND cut = ?"
            : "SELECT prepared_hash, labels, offsets, codes FROM item_label "
              "JOIN request_set USING (prepared_hash) WHERE request_set = ? AND cut = ?",
      request_set, cut);
  if (!rows.next()) return std::nullopt;
  LabelRow row;
  row.of = users ? LabelRow::Of::users : LabelRow::Of::items;
  row.prepared_hash = rows.text(0);
  row.cut = cut;
  QueryRows names =
      database_.connection_->rows("SELECT value FROM json_each(?) ORDER BY key", rows.text(1));
  while (names.next()) row.labels.push_back(names.text(0));
  row.offsets = rows.blob<int64_t>(2);
  row.codes = rows.blob<int32_t>(3);
  return row;
}

std::vector<ArtifactRow> Reader::artifacts(const std::string& plugin) const {
  QueryRows rows = database_.connection_->rows(
      "SELECT artifact_key, plugin, stage, seconds, bytes, peak_bytes, fit_bytes FROM artifact "
      "WHERE ?1 = '' OR plugin = ?1 ORDER BY rowid",
      plugin);
  std::vector<ArtifactRow> artifacts;
  while (rows.next()) {
    artifacts.push_back({rows.text(0), rows.text(1), rows.text(2), rows.maybe_real(3),
                         rows.maybe_integer(4), rows.maybe_integer(5), rows.maybe_integer(6)});
  }
  return artifacts;
}

std::vector<HostFacts> Reader::environments(int64_t run_id) const {
  QueryRows rows = database_.connection_->rows(
      "SELECT DISTINCT device, cpu_model, cpu_cores, memory_bytes, gpu_model, gpu_driver, cuda, "
      "torch, e.compiler, build_type, os, threads FROM environment AS e WHERE part_id IN "
      "(SELECT part_id FROM part WHERE run_id = ?1 UNION SELECT s.part_id FROM shard AS s "
      "JOIN run_trial AS l USING (trial_key) WHERE l.run_id = ?1) ORDER BY 1, 2",
      run_id);
  std::vector<HostFacts> environments;
  while (rows.next()) {
    environments.push_back({rows.text(0), rows.text(1), static_cast<int>(rows.integer(2)),
                            rows.integer(3), rows.maybe_text(4), rows.maybe_text(5),
                            rows.maybe_text(6), rows.text(7), rows.text(8), rows.text(9),
                            rows.text(10), static_cast<int>(rows.integer(11))});
  }
  return environments;
}

std::vector<std::string> Reader::test_looks(const std::string& prepared_hash) const {
  QueryRows rows = database_.connection_->rows(
      "SELECT time FROM test_look WHERE prepared_hash = ? ORDER BY look_id", prepared_hash);
  std::vector<std::string> times;
  while (rows.next()) times.push_back(rows.text(0));
  return times;
}

}  // namespace assay::results
