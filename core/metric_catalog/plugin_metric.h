#pragma once

#include "metric_catalog/metric_definition.h"
#include "task/experiment.h"
#include "task/plugin_info.h"

namespace assay::metric_catalog {

/// A plugin's metric with its parameters as `choices` set them. Its definition id names those that
/// are not at their default, and the first twelve digits of the library's hash, which stands for
/// the code and the defaults: what another build computed is another metric.
/// Throws UserError for unknown or wrong parameters, and for a plugin that wants inputs or files.
task::PluginMetric plugin_metric(const task::PluginInfo& plugin, const MetricText& text);

/// The entry of a definition, or nullptr where no plugin brings it.
const task::PluginMetric* find_plugin_metric(const std::vector<task::PluginMetric>& own,
                                             std::string_view definition);

/// What the user wrote of one of these, without or with a cutoff, as parse_metric_column takes it:
/// with the library. Another text as it is.
std::string with_library(const std::vector<task::PluginMetric>& own, const std::string& text);

}  // namespace assay::metric_catalog
