#pragma once

#include "dataset/cut_lists.h"
#include "pipeline/data_view.h"

namespace assay::pipeline {

/// Imported ranked lists as a recall source: at most `k` items a request, in the order of the
/// file's scores. Excluded items were dropped when they were cut to the requests; a request without
/// a list gets an empty row.
CandidateBatch ranked_lists(const dataset::CutLists& cut, task::Window window,
                            const RequestBatch& requests, int64_t k, at::Device device);

}  // namespace assay::pipeline
