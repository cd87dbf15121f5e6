#pragma once

#include "execution/plan.h"
#include "results/database.h"

namespace assay::cli {

/// Writes who asked (dataset/request_profile.h) for the sampled requests of each data set
/// (task/request_sample.h): at most 50, about 1 kB each.
void record_profiles(const execution::Plan& plan, const results::Database& database);

}  // namespace assay::cli
