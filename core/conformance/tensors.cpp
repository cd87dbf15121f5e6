#include "conformance/tensors.h"

#include <ATen/ops/empty.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstring>
#include <span>

#include "contract/breach.h"
#include "hash/hash.h"

namespace assay::conformance {

namespace {

template <typename T>
at::Tensor filled(const std::vector<T>& values, std::vector<int64_t> shape, at::ScalarType type) {
  if (shape.empty()) shape = {static_cast<int64_t>(values.size())};
  const at::Tensor tensor = at::empty(shape, type);
  if (!values.empty())
    std::memcpy(tensor.mutable_data_ptr(), values.data(), values.size() * sizeof(T));
  return tensor;
}

std::span<const std::byte> bytes_of(const at::Tensor& contiguous) {
  return {static_cast<const std::byte*>(contiguous.const_data_ptr()), contiguous.nbytes()};
}

template <typename T>
std::vector<T> values_of(const at::Tensor& tensor) {
  const at::Tensor plain = tensor.cpu().contiguous();
  const T* const first = plain.const_data_ptr<T>();
  return {first, first + plain.numel()};
}

}  // namespace

at::Tensor to_tensor(const std::vector<int64_t>& values, std::vector<int64_t> shape) {
  return filled(values, std::move(shape), at::kLong);
}
at::Tensor to_tensor(const std::vector<int32_t>& values, std::vector<int64_t> shape) {
  return filled(values, std::move(shape), at::kInt);
}
at::Tensor to_tensor(const std::vector<float>& values, std::vector<int64_t> shape) {
  return filled(values, std::move(shape), at::kFloat);
}
at::Tensor bool_tensor(const std::vector<bool>& values) {
  return filled(std::vector<uint8_t>(values.begin(), values.end()), {}, at::kBool);
}

Ragged to_ragged(const std::vector<std::vector<int64_t>>& rows) {
  std::vector<int64_t> values, offsets{0};
  for (const std::vector<int64_t>& row : rows) {
    values.insert(values.end(), row.begin(), row.end());
    offsets.push_back(static_cast<int64_t>(values.size()));
  }
  return {to_tensor(values), to_tensor(offsets)};
}

std::vector<int64_t> ids_of(const at::Tensor& tensor) { return values_of<int64_t>(tensor); }
std::vector<float> floats_of(const at::Tensor& tensor) { return values_of<float>(tensor); }

std::vector<std::vector<int64_t>> rows_of(const Ragged& ragged) {
  const std::vector<int64_t> values = ids_of(ragged.values), offsets = ids_of(ragged.offsets);
  std::vector<std::vector<int64_t>> rows;
  for (size_t row = 0; row + 1 < offsets.size(); ++row)
    rows.emplace_back(values.begin() + offsets[row], values.begin() + offsets[row + 1]);
  return rows;
}

bool same_bits(const at::Tensor& a, const at::Tensor& b) {
  if (!a.defined() || !b.defined()) return a.defined() == b.defined();
  if (a.sizes() != b.sizes() || a.scalar_type() != b.scalar_type()) return false;
  const at::Tensor left = a.cpu().contiguous(), right = b.cpu().contiguous();
  return left.nbytes() == 0 ||
         std::memcmp(left.const_data_ptr(), right.const_data_ptr(), left.nbytes()) == 0;
}

uint64_t fingerprint(const at::Tensor& tensor) {
  if (!tensor.defined()) return 0;
  return hash::fast_hash(bytes_of(tensor.cpu().contiguous()),
                         hash::fast_hash(contract::tensor_text(tensor)));
}

uint64_t fingerprint(const Ragged& ragged) {
  return fingerprint(ragged.values) * 31 + fingerprint(ragged.offsets);
}

bool share_memory(const at::Tensor& a, const at::Tensor& b) {
  return a.defined() && b.defined() && a.numel() > 0 && a.storage().data() == b.storage().data();
}

}  // namespace assay::conformance
