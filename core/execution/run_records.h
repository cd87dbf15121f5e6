#pragma once

#include <cstdint>

#include "execution/plan.h"
#include "execution/run.h"
#include "results/database.h"

namespace assay::execution {

/// Begins a run in the database: the run itself, its data with their audit, variants, metrics,
/// request sets and trials. Returns the run's id.
int64_t record_run(const Plan& plan, results::Database& database, const RunSettings& settings);

/// Makes the definitions of all these metrics known, and that of latency.
void record_metrics(const task::MetricsSpec& metrics, results::Database& database);

/// Name of the request set of a data set's window in the database.
std::string request_set_key(const PlannedData& data, task::Window window);

}  // namespace assay::execution
