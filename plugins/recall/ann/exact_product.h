#pragma once

#include <cstdint>

namespace assay::ann {

/// The inner product of two float vectors in float64, the same bits on every machine: products of
/// floats are exact there, and sums have one order.
double exact_product(const float* a, const float* b, int64_t width);

}  // namespace assay::ann
