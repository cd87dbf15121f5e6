#include "results/tuning_table.h"

#include <cmath>

#include "error/error.h"
#include "results/connection.h"
#include "results/opening.h"
#include "task/names.h"

namespace assay::results {
namespace {

TuningTrialRow row_of(const QueryRows& rows) {
  TuningTrialRow row;
  row.number = rows.integer(0);
  row.rung = static_cast<int>(rows.integer(1));
  row.params = nlohmann::json::parse(rows.text(2));
  row.status = task::parse<TuningStatus>(rows.text(3)).value();
  row.value = rows.maybe_real(4);
  row.requests = rows.maybe_integer(5).value_or(0);
  row.fit_seconds = rows.real(6);
  row.seconds = rows.real(7);
  for (const nlohmann::json& value : nlohmann::json::parse(rows.text(8)))
    row.curve.push_back(value.is_null() ? std::nullopt : std::optional(value.get<double>()));
  row.reason = rows.text(9);
  row.artifacts = nlohmann::json::parse(rows.text(10)).get<std::vector<std::string>>();
  row.made = nlohmann::json::parse(rows.text(11)).get<std::vector<std::string>>();
  row.finished = rows.text(12);
  return row;
}

std::string curve_text(const std::vector<std::optional<double>>& curve) {
  nlohmann::json list = nlohmann::json::array();
  for (const std::optional<double>& value : curve)
    list.push_back(value ? nlohmann::json(*value) : nlohmann::json());
  return list.dump();
}

}  // namespace

std::vector<TuningTrialRow> TuningTable::trials(const std::string& tuning_key) const {
  QueryRows rows = database_.connection_->rows(
      "SELECT number, rung, params, status, value, requests, fit_seconds, seconds, curve, reason, "
      "artifacts, made, finished FROM tuning_trial JOIN tuning USING (tuning_id) WHERE tuning_key "
      "= ? "
      "ORDER BY number, rung",
      tuning_key);
  std::vector<TuningTrialRow> all;
  while (rows.next()) all.push_back(row_of(rows));
  return all;
}

const Connection& TuningTable::connection(const Database& database) {
  return *database.connection_;
}

void TuningTable::write(const std::string& tuning_key, const std::string& spec,
                        const TuningTrialRow& row) const {
  const Connection& connection = *database_.connection_;
  std::optional<int64_t> requests;
  if (row.value) requests = row.requests;
  connection.transaction([&] {
    connection.run("INSERT OR IGNORE INTO tuning (tuning_key, spec) VALUES (?, ?)", tuning_key,
                   spec);
    connection.run(
        "INSERT OR REPLACE INTO tuning_trial SELECT tuning_id, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, "
        "?10, ?11, ?12, ?13, ?14 FROM tuning WHERE tuning_key = ?1",
        tuning_key, row.number, row.rung, row.params.dump(), task::name_of(row.status), row.value,
        requests, row.fit_seconds, row.seconds, curve_text(row.curve), row.reason,
        nlohmann::json(row.artifacts).dump(), nlohmann::json(row.made).dump(), row.finished);
  });
}

void TuningTable::write(const RunTuningRow& row) const {
  database_.connection_->run(
      "INSERT INTO run_tuning SELECT ?1, ?2, ?3, tuning_id, ?5, ?6, ?7, ?8, ?9, ?10 FROM tuning "
      "WHERE tuning_key = ?4",
      row.run_id, row.dataset, row.variant, row.tuning_key, row.method, row.trials, row.seconds,
      row.definition, row.cutoff, row.chosen);
}

std::vector<RunTuningRow> TuningTable::of_run(int64_t run_id) const {
  QueryRows rows = database_.connection_->rows(
      "SELECT t.dataset, t.variant, tuning_key, method, trials, seconds, definition, cutoff, "
      "chosen FROM run_tuning AS t JOIN tuning USING (tuning_id) LEFT JOIN variant AS v ON "
      "v.run_id = t.run_id AND v.name = t.variant WHERE t.run_id = ? ORDER BY t.dataset, "
      "v.position",
      run_id);
  std::vector<RunTuningRow> all;
  while (rows.next()) {
    all.push_back({run_id, rows.text(0), rows.text(1), rows.text(2), rows.text(3), rows.integer(4),
                   rows.maybe_real(5), rows.text(6), rows.integer(7), rows.integer(8)});
  }
  return all;
}

PartMean part_mean(const std::string& part_path, const std::string& trial_key,
                   const std::string& definition, int64_t cutoff) {
  const auto part = open_for_reading(part_path, migrations());
  QueryRows rows = part->rows(
      "SELECT data FROM shard_value JOIN shard USING (shard_id) WHERE trial_key = ? AND stage = "
      "'served' AND definition = ? AND cutoff = ?",
      trial_key, definition, cutoff);
  PartMean mean;
  double sum = 0;
  bool found = false;
  while (rows.next()) {
    found = true;
    for (const float value : rows.blob<float>(0)) {
      if (std::isnan(value)) continue;
      sum += value;
      ++mean.requests;
    }
  }
  if (!found)
    throw error::UserError(part_path, "the part has no values of the metric " + definition);
  if (mean.requests > 0) mean.value = sum / static_cast<double>(mean.requests);
  return mean;
}

}  // namespace assay::results
