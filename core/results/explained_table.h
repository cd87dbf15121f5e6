#pragma once

/// What explains sampled requests beside their lists and terms (Reader::stage_lists, explanations).

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "results/database.h"
#include "results/explained_rows.h"
#include "results/reader.h"

namespace assay::results {

/// Lists without an item of the history, all shards joined. Empty where the trial was computed by a
/// version that made none.
ListsWithout lists_without(const Reader& reader, const std::string& trial_key);

/// Names of the features that the terms of a trial speak of, by the place of the strategy.
std::map<std::string, std::vector<std::string>> explained_features(const Reader& reader,
                                                                   const std::string& trial_key);

/// A known one is left as it is.
void write_profile(const Database& database, const RequestProfileRow& row);
/// None: not kept.
std::optional<std::string> request_profile(const Reader& reader, const std::string& request_set,
                                           int64_t request);

}  // namespace assay::results
