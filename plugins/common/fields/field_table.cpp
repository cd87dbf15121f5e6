#include <assay/extra/fields/field_lookup.h>
#include <assay/extra/fields/field_table.h>

namespace assay::extra {

at::Tensor embedded(const FieldCodes& rows, int64_t first, int64_t count, const at::Tensor& table) {
  const detail::PlainRows<float> from{table.const_data_ptr<float>(), table.size(1)};
  return detail::embedded_from(rows, first, count, from);
}

at::Tensor embedded(const FieldCodes& rows, const at::Tensor& table) {
  return embedded(rows, 0, rows.rows, table);
}

FieldTable::FieldTable(at::Tensor table, const AdamSettings& settings)
    : table_(std::move(table)), adam_(table_, settings), touched_(table_.size(0)) {}

void FieldTable::add(int64_t code, float weight, const float* gradient) {
  const int64_t width = table_.size(1), place = touched_.place(code);
  if (const auto size = static_cast<size_t>((place + 1) * width); sums_.size() < size)
    sums_.resize(size, 0);
  detail::PlainRows<float>{gradient, width}.add(0, weight, sums_.data() + place * width);
}

void FieldTable::add(const FieldGradient& gradient) {
  const FieldCodes& rows = *gradient.rows;
  const at::Tensor held = gradient.gradient.contiguous();
  const float* of = held.const_data_ptr<float>();
  const int64_t width = table_.size(1);
  for (int64_t row = 0; row < rows.rows; ++row) {
    for (int64_t at = row * rows.singles; at < (row + 1) * rows.singles; ++at) {
      add(rows.codes[at], rows.weights[at], of);
      of += width;
    }
    for (const FieldBags& bags : rows.bags) {
      for (int64_t at = bags.offsets[row]; at < bags.offsets[row + 1]; ++at)
        add(bags.codes[at], bags.weights[at], of);
      of += width;
    }
  }
}

void FieldTable::step(std::span<const FieldGradient> gradients) {
  touched_.clear();
  sums_.clear();
  for (const FieldGradient& gradient : gradients) add(gradient);
  adam_.step(touched_.rows(), sums_);
}

}  // namespace assay::extra
