#pragma once

/// top_k and top_k_dot through ATen operators, for any device. The CPU has loops of its own; the
/// tests hold these against them.

#include <ATen/core/Tensor.h>
#include <assay/batch.h>

#include <cstdint>

namespace assay::kernels {

/// @param scores  float32 or float64 [B, N]
ASSAY_API CandidateBatch top_k_aten(const at::Tensor& scores, int64_t k,
                                    const RequestBatch& requests);

/// @param queries  float32 [B, D]
/// @param items    float32 [N, D]
ASSAY_API CandidateBatch top_k_dot_aten(const at::Tensor& queries, const at::Tensor& items,
                                        int64_t k, const RequestBatch& requests);

}  // namespace assay::kernels
