#pragma once

#include <ATen/core/Tensor.h>
#include <assay/ragged.h>

#include <cstdint>
#include <vector>

namespace assay::conformance {

/// Plain vectors to CPU tensors and back: the suite's own data and comparisons are plain C++.

/// @param shape  empty for [values.size()]
at::Tensor to_tensor(const std::vector<int64_t>& values, std::vector<int64_t> shape = {});
at::Tensor to_tensor(const std::vector<int32_t>& values, std::vector<int64_t> shape = {});
at::Tensor to_tensor(const std::vector<float>& values, std::vector<int64_t> shape = {});
at::Tensor bool_tensor(const std::vector<bool>& values);
Ragged to_ragged(const std::vector<std::vector<int64_t>>& rows);

/// The values in row-major order. The dtype must be that of T.
std::vector<int64_t> ids_of(const at::Tensor& tensor);
std::vector<float> floats_of(const at::Tensor& tensor);
std::vector<std::vector<int64_t>> rows_of(const Ragged& ragged);

/// Equal shape, dtype and bits (so that NaN equals itself); an undefined tensor equals another.
bool same_bits(const at::Tensor& a, const at::Tensor& b);

/// A number for shape, dtype and bytes; 0 where undefined.
uint64_t fingerprint(const at::Tensor& tensor);
uint64_t fingerprint(const Ragged& ragged);

/// True where the two use the same memory.
bool share_memory(const at::Tensor& a, const at::Tensor& b);

}  // namespace assay::conformance
