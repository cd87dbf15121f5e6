#pragma once

/// The files of `format: simulator`: what a world (core/simulator) logged, as Parquet.
///
/// They lie in <cache>/simulated, named by the hash of the spec: <key>-rows.parquet with the columns
/// request, user, item, time (microseconds since 1970, UTC), position, propensity, allowed (ids
/// between vertical bars) and click; <key>-user.parquet and <key>-item.parquet with features; and
/// <key>-world.json, the spec, from which the truth can be told. Rows are written as they are drawn:
/// memory does not grow with them.

#include <nlohmann/json.hpp>
#include <string>

#include "dataset/notice.h"
#include "task/simulator_spec.h"

namespace assay::ingest {

/// The data set with the files of its simulator in the place of the simulator; what is not there yet
/// is made. Throws UserError where the disk has no room.
task::DatasetSpec with_simulated_files(const task::DatasetSpec& dataset,
                                       const std::string& cache_dir,
                                       const dataset::Notice& notice = {});

/// The world that a table of logged rows is of: what lies beside its rows.
/// Throws UserError where it is missing or no such file.
nlohmann::json world_beside(const std::string& rows_path);

}  // namespace assay::ingest
