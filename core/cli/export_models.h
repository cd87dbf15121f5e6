#pragma once

#include <cstdint>
#include <string>

#include "cli/workspace.h"
#include "report/run_name.h"

namespace assay::cli {

/// What the fitted stages of a variant know, of all users with an event before the test window: as a
/// host would ask them at its beginning. Of each data set the last fold and the first seed; models
/// are taken from the cache. File names begin with the variant (and the data set where there are
/// several).

/// Vectors of items and users whose dot product is the score, of each stage that has them (`.<place>`
/// in the names where there are several): `.items.npy` and `.users.npy` (float32, a row an id) beside
/// `.items.ids` and `.users.ids` (an id a line), and the same in `.safetensors`, with the ids as JSON
/// lists in its metadata. Throws UserError where the variant has none, naming those that have.
void export_vectors(const report::OpenRun& run, const std::string& variant,
                    const std::string& folder, const Workspace& workspace = {});

/// The best `k` items of each user: `.run` in TREC's format (`user Q0 item rank score assay`, the
/// score k - rank + 1 as in export_trec.h) and `.parquet` (user, item, rank, score). Stages keep as
/// many candidates as it takes. Ids that TREC's format cannot hold leave out `.run`, which is said.
void export_lists(const report::OpenRun& run, const std::string& variant, int64_t k,
                  const std::string& folder, const Workspace& workspace = {});

}  // namespace assay::cli
