#pragma once

#include <string>
#include <vector>

#include "config/variant_reader.h"
#include "metric_catalog/metric_definition.h"

namespace assay::config {

/// The experiment as one YAML text without includes, extends, set, grid or defaults: every key with
/// its effective value. Loading it gives the same Experiment, and the same text again.
std::string resolved_text(const task::Experiment& experiment,
                          const metric_catalog::MetricChoice& metrics,
                          const std::vector<ReadVariant>& variants, const ReadOffPolicy& off_policy,
                          const std::vector<std::string>& plugins, const std::string& key_file);

}  // namespace assay::config
