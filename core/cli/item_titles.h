#pragma once

#include "execution/plan.h"
#include "ingest/data_places.h"
#include "results/database.h"

namespace assay::cli {

/// Writes what the items of each data set are called, as their labels by the cut `title`, where the
/// data say it: a text or a category whose name is a title (ingest/titles.h), or the words of one
/// as the item file has them. Long titles are clipped. Of larger catalogues than kMostTitles items
/// none are kept: they would be most of the results file.
void record_titles(const execution::Plan& plan, const ingest::DataPlaces& places,
                   results::Database& database);

inline constexpr int64_t kMostTitles = 200'000;

}  // namespace assay::cli
