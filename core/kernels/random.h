#pragma once

#include <ATen/core/Tensor.h>
#include <assay/params.h>

#include <cstdint>

namespace assay::kernels {

/// counter_uniform through ATen operators on int64, for any device: the same bits as the loop that
/// the CPU takes.
ASSAY_API at::Tensor uniform_aten(uint64_t seed, uint64_t place, uint64_t stream,
                                  const at::Tensor& request, int64_t n);

}  // namespace assay::kernels
