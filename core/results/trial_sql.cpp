#include "results/trial_sql.h"

#include "error/error.h"
#include "task/policy_work.h"

namespace assay::results {
void insert_metric(const Connection& connection, const MetricRow& metric) {
  connection.run("INSERT OR IGNORE INTO metric VALUES (?, ?, ?, ?, ?, ?)", metric.definition,
                 metric.name, task::name_of(metric.scope), metric.unit, metric.higher_is_better,
                 metric.doc);
}

void upsert_artifact(const Connection& connection, const ArtifactRow& artifact) {
  connection.run(
      "INSERT INTO artifact (artifact_key, plugin, stage, seconds, bytes, peak_bytes, fit_bytes) "
      "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
      "plugin = excluded.plugin, stage = excluded.stage, seconds = excluded.seconds, "
      "bytes = excluded.bytes, peak_bytes = excluded.peak_bytes, fit_bytes = excluded.fit_bytes",
      artifact.artifact_key, artifact.plugin, artifact.stage, artifact.seconds, artifact.bytes,
      artifact.peak_bytes, artifact.fit_bytes);
}

void write_fit(const Connection& connection, const task::FitRecord& fit) {
  const std::string& key = fit.artifact_key;
  upsert_artifact(connection, {key, fit.plugin, fit.stage, fit.seconds, fit.bytes, fit.peak_bytes,
                               fit.fit_bytes});
  for (const char* sql :
       {"DELETE FROM note WHERE artifact_key = ?", "DELETE FROM fit_curve WHERE artifact_key = ?",
        "DELETE FROM fit_value WHERE artifact_key = ?"}) {
    connection.run(sql, key);
  }
  for (const task::FitNote& note : fit.notes)
    connection.run("INSERT OR REPLACE INTO note VALUES (?, ?, ?)", key, note.key, note.value);
  for (const task::FitCurve& curve : fit.curves) {
    error::require(curve.steps.size() == curve.values.size(), "a curve has a value for each step");
    for (size_t i = 0; i < curve.steps.size(); ++i) {
      connection.run("INSERT INTO fit_curve VALUES (?, ?, ?, ?)", key, curve.name, curve.steps[i],
                     curve.values[i]);
    }
  }
  for (const task::FitValue& value : fit.measured) {
    connection.run("INSERT INTO fit_value VALUES (?, ?, ?, ?, ?)", key, value.definition,
                   value.cutoff, value.requests, value.value);
  }
}

void insert_failure(const Connection& connection, const FailureRow& failure) {
  connection.run(
      "INSERT OR IGNORE INTO failure (trial_key, task, stage, plugin, batch, kind, reason) "
      "VALUES (?, ?, ?, ?, ?, ?, ?)",
      failure.trial_key, failure.task, failure.stage, failure.plugin, failure.batch, failure.kind,
      failure.reason);
}

bool fails_trial(std::string_view kind) {
  return kind != "score" && kind != "time" && !kind.starts_with(task::kPolicyWork);
}

}  // namespace assay::results
