#pragma once

#include <string_view>

#include "results/connection.h"
#include "results/trial_rows.h"
#include "task/fit_record.h"

/// Inside core/results only: rows that parts and the database are given alike.
namespace assay::results {

/// INSERT OR IGNORE: the first definition under an id stays.
void insert_metric(const Connection& connection, const MetricRow& metric);
void upsert_artifact(const Connection& connection, const ArtifactRow& artifact);
/// With notes, curves and values; what was told of the same fit before goes.
void write_fit(const Connection& connection, const task::FitRecord& fit);
void insert_failure(const Connection& connection, const FailureRow& failure);

/// Whether a failure in this kind of task leaves the trial without results.
bool fails_trial(std::string_view task);

}  // namespace assay::results
