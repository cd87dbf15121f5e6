#include "results/trial_sql.h"

#include "error/error.h"

namespace assay::results {
void insert_metric(const Connection& connection, const MetricRow& metric) {
  connection.run("INSERT OR IGNORE INTO metric VALUES (?, ?, ?, ?, ?, ?)", metric.definition,
                 metric.name, task::name_of(metric.scope), metric.unit, metric.higher_is_better,
                 metric.doc);
}

void upsert_artifact(const Connection& connection, const ArtifactRow& artifact) {
  connection.run(
      "INSERT INTO artifact VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
      "plugin = excluded.plugin, stage = excluded.stage, seconds = excluded.seconds, "
      "bytes = excluded.bytes, peak_bytes = excluded.peak_bytes",
      artifact.artifact_key, artifact.plugin, artifact.stage, artifact.seconds, artifact.bytes,
      artifact.peak_bytes);
}

void insert_failure(const Connection& connection, const FailureRow& failure) {
  connection.run(
      "INSERT OR IGNORE INTO failure (trial_key, task, stage, plugin, batch, kind, reason) "
      "VALUES (?, ?, ?, ?, ?, ?, ?)",
      failure.trial_key, failure.task, failure.stage, failure.plugin, failure.batch, failure.kind,
      failure.reason);
}

bool fails_trial(std::string_view task) { return task != "score" && task != "time"; }

}  // namespace assay::results
