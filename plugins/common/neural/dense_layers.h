#pragma once
// Part of assay::extra, which promises no stable API or ABI: see assay/extra/README.md.

/// Dense layers over rows, with ReLU between them.

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>
#include <assay/extra/fits/epoch_loop.h>

#include <cstdint>
#include <string>
#include <vector>

namespace assay::extra {

/// First weights of layers from widths[0] to widths[1] and on, each uniform within 1 / sqrt(width of
/// what comes in), as torch.nn.Linear has them; on the generator's device.
/// @param prefix  of the names: prefix + "0.weight", prefix + "0.bias", ...
NamedTensors dense_layers(const std::string& prefix, const std::vector<int64_t>& widths,
                          at::Generator generator);

/// float32 [B, last width]. Without layers the rows themselves.
/// @param rows    float32 [B, first width]
/// @param layers  weight and bias in turns
/// @param first   where they begin
/// @param count   how many layers
at::Tensor through_layers(const at::Tensor& rows, const NamedTensors& layers, int64_t first,
                          int64_t count);

}  // namespace assay::extra
