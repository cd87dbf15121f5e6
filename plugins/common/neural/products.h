#pragma once
// Part of assay::extra, which promises no stable API or ABI: see assay/extra/README.md.

/// Matrix products in bfloat16, where a measurement says that they pay.

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace assay::extra {

/// What products of dense layers are computed in while a model learns. Weights, moments and sums stay
/// float32, and serving is always float32.
enum class Precision { fp32, automatic };

/// The time of a linear layer in bfloat16, conversions included, divided by that in float32: the
/// median of several turns of both on this device with the threads that LibTorch has. Some 0.3 on
/// CPUs with AVX512_BF16, above 1 on those without.
double bf16_share_of_time(const at::Device& device);

/// A share below which bfloat16 is worth its rounding.
inline constexpr double kBf16Pays = 0.7;

/// at::linear. With `bf16` its product is computed in bfloat16, forwards and backwards.
/// @param rows    float32 [..., in]
/// @param weight  float32 [out, in]
/// @param bias    float32 [out], or not defined
at::Tensor linear_product(const at::Tensor& rows, const at::Tensor& weight, const at::Tensor& bias,
                          bool bf16);

}  // namespace assay::extra
