#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "greedy_determinant.h"

namespace assay::dpp {

/// pick_by_determinant() for a whole batch by tensor operations, for devices that like many rows at
/// once. Without a window; the same picks, up to ties that rounding makes or breaks.
/// @param item         int64 [B, K], -1 pads the tail
/// @param log_quality  float64 [B, K], ln q^2, -inf at padding
/// @param unit         float64 [B, K, D], vectors of length 1 (or 0)
/// @return int64 [B, n], -1 where a row has fewer candidates
at::Tensor places_by_determinant(const at::Tensor& item, const at::Tensor& log_quality,
                                 const at::Tensor& unit, const Kernel& kernel, int64_t n);

}  // namespace assay::dpp
