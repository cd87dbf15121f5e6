#pragma once

#include <string>

#include "report/run_name.h"

namespace assay::cli {

/// The stable views of a run, one file each: leaderboard.csv, comparisons.csv, ...
void export_csv(const report::OpenRun& run, const std::string& folder);

/// The same, a list of objects each, with the run, in one file run.json.
void export_json(const report::OpenRun& run, const std::string& folder);

/// The same as Parquet files; and request_values.parquet, one row a request and metric of each
/// trial (NULL: excluded), and slates.parquet, one row an item that was served.
void export_parquet(const report::OpenRun& run, const std::string& folder);

}  // namespace assay::cli
