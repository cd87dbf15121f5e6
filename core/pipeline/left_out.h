#pragma once

#include <ATen/core/Tensor.h>
#include <assay/batch.h>

namespace assay::pipeline {

/// Requests whose histories lack an item, wherever it stood in them. What must not be served stays
/// so, the item among it.
/// @param item  int64 [B], on the device of the requests; -1 leaves a history as it is
RequestBatch left_out(RequestBatch requests, const at::Tensor& item);

}  // namespace assay::pipeline
