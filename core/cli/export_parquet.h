#pragma once

#include <string>

#include "cli/export_release.h"

namespace assay::cli {

/// A run as Parquet files that join with each other and, by the ids of the data, with others:
/// the stable views (leaderboard.parquet, ...); runs.parquet, the run itself; and by `dataset` and
/// `fold`
///   request_values.parquet  a row for each request and metric of each done trial (NULL: excluded)
///   slates.parquet          a row for each item that was served
///   users.parquet           a row for each request: `user` and `time`; anonymised also a label for
///                           each cut of the users in metrics.slices
///   items.parquet           a row for each item: `item`, as in slates and truth, and `item_id`
///   truth.parquet           a row for each relevant item of a request
void export_parquet(Release& release, const std::string& folder);

}  // namespace assay::cli
