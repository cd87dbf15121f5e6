#pragma once

#include <map>
#include <string>
#include <vector>

#include "ingest/known_features.h"
#include "task/experiment.h"
#include "task/plugin_info.h"

namespace assay::cli {

/// Checks every parameter that names a feature (ParamSpec::feature_of) against the features that
/// data sets are known to have, so that a misspelt one is found before anything is read or run.
/// Throws UserError: a feature that a data set does not have, that has another type than the strategy
/// takes, or that the stage does not see (`features:`).
/// @param features  by name of the data set; data sets of which they are not known have none
void check_feature_params(const task::Experiment& experiment, const task::PluginCatalog& catalog,
                          const std::map<std::string, std::vector<ingest::KnownFeature>>& features);

}  // namespace assay::cli
