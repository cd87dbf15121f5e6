#pragma once

#include "pipeline/data_view.h"

namespace assay::pipeline {

/// The imported ranked list `name` as a recall source: at most `k` items a request, in the order of
/// the file's scores. Excluded items were dropped on import; a request without a list gets an empty
/// row.
CandidateBatch ranked_lists(const DataView& data, const std::string& name, task::Window window,
                            const RequestBatch& requests, int64_t k);

}  // namespace assay::pipeline
