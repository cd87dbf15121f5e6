#include <ATen/TensorOperators.h>
#include <ATen/ops/_int_mm.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/linear.h>
#include <assay/extra/fields/served_matrix.h>
#include <assay/extra/neural/products.h>

#include <algorithm>
#include <bit>

namespace assay::extra {
namespace {

constexpr int kLargest = 63;
constexpr float kZero = 1e-36F;  // below it 1 / scale overflows
constexpr int32_t kWithoutSign = 0x7fffffff;
// Added to a number below 2^22 it rounds it to a whole one, whose bits are then the last ones.
constexpr float kRounds = 12582912;  // 1.5 * 2^23

// As whole numbers the bits of floats without a sign are in their order, NaN last; comparing them so
// is done for many at once where comparing floats is not.
float largest_of(const float* row, int64_t width) {
  int32_t largest = 0;
  for (int64_t d = 0; d < width; ++d)
    largest = std::max(largest, std::bit_cast<int32_t>(row[d]) & kWithoutSign);
  return std::bit_cast<float>(largest);
}

// Returns the scale.
float round_row(const float* __restrict row, int64_t width, int largest, int8_t* __restrict to) {
  const float found = largest_of(row, width);
  const bool is_zero = found < kZero;  // not where it is NaN
  const float factor = is_zero ? 1 : static_cast<float>(largest) / found;
  for (int64_t d = 0; d < width; ++d)
    to[d] = static_cast<int8_t>(std::bit_cast<int32_t>(row[d] * factor + kRounds) -
                                std::bit_cast<int32_t>(kRounds));
  return is_zero ? 1 : found / static_cast<float>(largest);
}

/// What sums of products of two rounded rows are multiplied by.
struct Scales {
  const float* row;
  const float* column;
};

// float32 [B, out] of int32 sums.
at::Tensor scaled(const at::Tensor& sums, const Scales& by, const at::Tensor& bias) {
  const int64_t rows = sums.size(0), width = sums.size(1);
  at::Tensor out = at::empty({rows, width}, at::kFloat);
  const int32_t* const __restrict from = sums.const_data_ptr<int32_t>();
  float* const __restrict to = out.mutable_data_ptr<float>();
  for (int64_t row = 0; row < rows; ++row)
    for (int64_t d = 0; d < width; ++d)
      to[row * width + d] =
          static_cast<float>(from[row * width + d]) * (by.row[row] * by.column[d]);
  return bias.defined() ? out.add_(bias) : out;
}

}  // namespace

ScaledRows scaled_rows(const at::Tensor& rows, int largest) {
  const at::Tensor held = rows.contiguous();
  const int64_t count = held.size(0), width = held.size(1);
  ScaledRows out{.values = at::empty({count, width}, at::kChar),
                 .scale = at::empty({count}, at::kFloat)};
  const float* const from = held.const_data_ptr<float>();
  auto* const to = out.values.mutable_data_ptr<int8_t>();
  auto* const scale = out.scale.mutable_data_ptr<float>();
  for (int64_t row = 0; row < count; ++row)
    scale[row] = round_row(from + row * width, width, largest, to + row * width);
  return out;
}

ServedMatrix::ServedMatrix(const at::Tensor& matrix, ServedPrecision precision) {
  switch (precision) {
    case ServedPrecision::bf16:
      values_ = matrix.to(at::kBFloat16).contiguous();
      break;
    case ServedPrecision::fp16:
      values_ = matrix.to(at::kHalf).contiguous();
      break;
    case ServedPrecision::int8: {
      const ScaledRows rounded = scaled_rows(matrix, kLargest);
      values_ = rounded.values;
      scale_ = rounded.scale;
      break;
    }
    default:
      values_ = matrix.contiguous();
  }
}

at::Tensor ServedMatrix::product(const at::Tensor& rows, const at::Tensor& bias) const {
  switch (values_.scalar_type()) {
    case at::kBFloat16:
      return linear_product(rows, values_, bias, true);
    case at::kHalf:
      return at::linear(rows, values_.to(at::kFloat), bias);
    case at::kChar: {
      const ScaledRows in = scaled_rows(rows, kLargest);
      return scaled(at::_int_mm(in.values, values_.t()),
                    {in.scale.const_data_ptr<float>(), scale_.const_data_ptr<float>()}, bias);
    }
    default:
      return at::linear(rows, values_, bias);
  }
}

int64_t ServedMatrix::zeros() const { return values_.eq(0).sum().item<int64_t>(); }

int64_t ServedMatrix::bytes() const {
  return static_cast<int64_t>(values_.nbytes() + (scale_.defined() ? scale_.nbytes() : 0));
}

void ServedMatrix::save(Archive& archive, const std::string& name) const {
  archive.put(name, values_);
  if (scale_.defined()) archive.put(name + ".scale", scale_);
}

ServedMatrix ServedMatrix::load(const Archive& archive, const std::string& name) {
  ServedMatrix out;
  out.values_ = archive.tensor(name).contiguous();
  if (archive.has(name + ".scale")) out.scale_ = archive.tensor(name + ".scale").contiguous();
  return out;
}

}  // namespace assay::extra
