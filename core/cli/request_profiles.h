#pragma once

#include "dataset/request_profile.h"
#include "execution/plan.h"
#include "results/database.h"

namespace assay::cli {

/// Who asked in a request of the test window; titles of items are not counted.
dataset::RequestProfile profile_of(const dataset::PreparedData& data, int64_t request);

/// Writes who asked (dataset/request_profile.h) for the sampled requests of each data set
/// (task/request_sample.h): at most 50, about 1 kB each.
void record_profiles(const execution::Plan& plan, const results::Database& database);

}  // namespace assay::cli
