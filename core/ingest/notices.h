#pragma once

/// What is said of data that can be read and may not be what was meant.

#include <nlohmann/json.hpp>
#include <string>

#include "dataset/imported.h"
#include "dataset/notice.h"
#include "ingest/event_builder.h"
#include "task/experiment.h"

namespace assay::ingest {

/// Says which times were read as days, and where all times are in 1970, or some are, years before
/// the others: seconds since then were hardly meant.
/// @param notice  may be empty
void tell_times(const task::DatasetSpec& dataset, const dataset::ImportedRef& data,
                const dataset::Notice& notice);

/// How many rows gave no event, and where the first stands, for the info of imported data; null where
/// each gave one.
nlohmann::json empty_rows_info(const EventBuilder& events);

/// Says how many rows of lists gave no event, and where the first of them stands.
/// @param imported  info of the imported data
void tell_empty_rows(const std::string& name, const nlohmann::json& imported,
                     const dataset::Notice& notice);

/// Says who of the log has no row in a feature file, and which requests no ranked list.
void tell_missing(const task::DatasetSpec& dataset, const nlohmann::json& imported,
                  const nlohmann::json& prepared, const dataset::Notice& notice);

}  // namespace assay::ingest
