#pragma once

/// What is said of data that can be read and may not be what was meant.

#include <nlohmann/json.hpp>
#include <string>

#include "dataset/imported.h"
#include "dataset/notice.h"
#include "task/experiment.h"

namespace assay::ingest {

/// Says which times were read as days, and where all times are in 1970: seconds since then were
/// hardly meant.
/// @param notice  may be empty
void tell_times(const task::DatasetSpec& dataset, const dataset::ImportedRef& data,
                const dataset::Notice& notice);

/// Says who of the log has no row in a feature file, and which requests no ranked list.
void tell_missing(const task::DatasetSpec& dataset, const nlohmann::json& imported,
                  const nlohmann::json& prepared, const dataset::Notice& notice);

}  // namespace assay::ingest
