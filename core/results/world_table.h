#pragma once

/// The simulated worlds that data sets of a run are of.

#include <map>
#include <string>

#include "results/database.h"
#include "results/reader.h"

namespace assay::results {

/// @param spec  JSON of task::SimulatorSpec. Replaces that of the same data set.
void write_world(const Database& database, int64_t run_id, const std::string& dataset,
                 const std::string& spec);
/// Specs by data set.
std::map<std::string, std::string> worlds(const Reader& reader, int64_t run_id);

}  // namespace assay::results
