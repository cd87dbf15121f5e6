#pragma once

/// top_k of one request where only some items have scores, on the CPU. Lives in
/// libassay_kernels.so.

#include <assay/abi.h>

#include <cstdint>
#include <span>

namespace assay {

/// Writes the k best of the scored items, best first: score falling, ties to the smaller id, the
/// tail padded with -1 and -inf. No tensor is made, so that loops on several threads may call it.
/// @param items     ascending, each once
/// @param scores    one for each of them, compared as float64; -inf and NaN are never chosen
/// @param excluded  ascending items that are never chosen
/// @param item_out, score_out  room for k = item_out.size() = score_out.size()
ASSAY_API void top_k_sparse(std::span<const int32_t> items, std::span<const double> scores,
                            std::span<const int64_t> excluded, std::span<int64_t> item_out,
                            std::span<float> score_out);

}  // namespace assay
