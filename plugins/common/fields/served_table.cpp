#include <ATen/TensorOperators.h>
#include <assay/extra/fields/field_lookup.h>
#include <assay/extra/fields/served_matrix.h>
#include <assay/extra/fields/served_table.h>

namespace assay::extra {
namespace {

constexpr int kLargest = 127;

/// Rows of whole numbers with a scale, and a number of its own behind each.
struct RoundedRows {
  const int8_t* table;
  const float* scale;
  const float* linear;  // nullptr: none
  int64_t factors;
  int64_t width;

  void ask_for(int32_t code) const {
    __builtin_prefetch(table + int64_t{code} * factors);
    __builtin_prefetch(scale + code);
  }
  void copy(int32_t code, float weight, float* __restrict to) const {
    const int8_t* const __restrict row = table + int64_t{code} * factors;
    const float step = weight * scale[code];
    for (int64_t d = 0; d < factors; ++d) to[d] = step * static_cast<float>(row[d]);
    if (linear) to[factors] = weight * linear[code];
  }
  void add(int32_t code, float weight, float* __restrict to) const {
    const int8_t* const __restrict row = table + int64_t{code} * factors;
    const float step = weight * scale[code];
    for (int64_t d = 0; d < factors; ++d) to[d] += step * static_cast<float>(row[d]);
    if (linear) to[factors] += weight * linear[code];
  }
};

template <typename T>
detail::PlainRows<T> plain(const at::Tensor& table) {
  return {table.const_data_ptr<T>(), table.size(1)};
}

int64_t bytes_of(const at::Tensor& values) {
  return values.defined() ? static_cast<int64_t>(values.nbytes()) : 0;
}

}  // namespace

ServedTable::ServedTable(const at::Tensor& table, int64_t factors, ServedPrecision precision) {
  switch (precision) {
    case ServedPrecision::bf16:
      values_ = table.to(at::kBFloat16);
      break;
    case ServedPrecision::fp16:
      values_ = table.to(at::kHalf);
      break;
    case ServedPrecision::int8: {
      const ScaledRows rounded = scaled_rows(table.slice(1, 0, factors), kLargest);
      values_ = rounded.values;
      scale_ = rounded.scale;
      if (table.size(1) > factors) linear_ = table.select(1, factors).contiguous();
      break;
    }
    default:
      values_ = table;
  }
}

at::Tensor ServedTable::embedded(const FieldCodes& rows, int64_t first, int64_t count) const {
  switch (values_.scalar_type()) {
    case at::kBFloat16:
      return detail::embedded_from(rows, first, count, plain<at::BFloat16>(values_));
    case at::kHalf:
      return detail::embedded_from(rows, first, count, plain<at::Half>(values_));
    case at::kChar: {
      const RoundedRows from{values_.const_data_ptr<int8_t>(), scale_.const_data_ptr<float>(),
                             linear_.defined() ? linear_.const_data_ptr<float>() : nullptr,
                             values_.size(1), values_.size(1) + (linear_.defined() ? 1 : 0)};
      return detail::embedded_from(rows, first, count, from);
    }
    default:
      return detail::embedded_from(rows, first, count, plain<float>(values_));
  }
}

int64_t ServedTable::numbers() const {
  return values_.numel() + (linear_.defined() ? linear_.numel() : 0);
}

int64_t ServedTable::bytes() const {
  return bytes_of(values_) + bytes_of(scale_) + bytes_of(linear_);
}

void ServedTable::save(Archive& archive) const {
  archive.put("table", values_);
  if (scale_.defined()) archive.put("table.scale", scale_);
  if (linear_.defined()) archive.put("table.linear", linear_);
}

ServedTable ServedTable::load(const Archive& archive) {
  const auto found = [&](const std::string& name) {
    return archive.has(name) ? archive.tensor(name).contiguous() : at::Tensor();
  };
  ServedTable out;
  out.values_ = archive.tensor("table").contiguous();
  out.scale_ = found("table.scale");
  out.linear_ = found("table.linear");
  return out;
}

}  // namespace assay::extra
