#pragma once

#include <nlohmann/json.hpp>

#include "dataset/impressions.h"

namespace assay::ingest {

/// Of Impressions::info() what the table itself tells: counts, times, labels, context, propensity.
nlohmann::json summary_of(const dataset::ImpressionTable& table);

}  // namespace assay::ingest
