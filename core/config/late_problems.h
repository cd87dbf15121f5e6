#pragma once

/// Problems that are found once the data has been read, at the settings that they are about.

#include <string>
#include <vector>

#include "error/error.h"
#include "task/experiment.h"

namespace assay::config {

/// What reading a data set found wrong, with the place of the setting that a problem begins with:
/// "filter leaves nothing ..." at the data set becomes "data.filter leaves nothing ..." at that
/// key, "traffic.requests is ..." stands where `traffic` does. A setting that the file leaves out
/// has the place of what would hold it; other problems stay as they are.
/// @param overrides  `--set` as typed
error::UserError with_setting_places(const error::UserError& error,
                                     const task::DatasetSpec& dataset, const std::string& file,
                                     const std::vector<std::string>& overrides);

}  // namespace assay::config
