#include <ATen/ops/empty.h>
#include <assay/extra/fields/field_table.h>
#include <assay/extra/threads/parallel.h>

#include <algorithm>

namespace assay::extra {
namespace {

constexpr int64_t kRowsPerBlock = 64;
constexpr int64_t kAhead = 16;  // entries of which the rows are asked for before they are needed

struct Rows {
  const float* table;
  int64_t width;

  void ask_for(int32_t code) const {
    const float* const row = table + int64_t{code} * width;
    __builtin_prefetch(row);
    __builtin_prefetch(row + width - 1);
  }
  void copy(int32_t code, float weight, float* __restrict to) const {
    const float* const __restrict row = table + int64_t{code} * width;
    for (int64_t d = 0; d < width; ++d) to[d] = weight * row[d];
  }
  void add(int32_t code, float weight, float* __restrict to) const {
    const float* const __restrict row = table + int64_t{code} * width;
    for (int64_t d = 0; d < width; ++d) to[d] += weight * row[d];
  }
};

void embed_bag(const FieldBags& bags, int64_t row, const Rows& from, float* to) {
  const int64_t first = bags.offsets[row], last = bags.offsets[row + 1];
  std::fill_n(to, from.width, 0.F);
  for (int64_t at = first; at < last; ++at) from.add(bags.codes[at], bags.weights[at], to);
}

// Of rows first .. last - 1, at `to` and behind it.
void embed_rows(const FieldCodes& rows, int64_t first, int64_t last, const Rows& from, float* to) {
  const int64_t stride = rows.fields() * from.width, end = last * rows.singles;
  int64_t ahead = first * rows.singles;
  for (const int64_t until = std::min(end, ahead + kAhead); ahead < until; ++ahead)
    from.ask_for(rows.codes[ahead]);
  for (int64_t row = first; row < last; ++row) {
    float* out = to + (row - first) * stride;
    for (int64_t at = row * rows.singles; at < (row + 1) * rows.singles; ++at) {
      if (ahead < end) from.ask_for(rows.codes[ahead++]);
      from.copy(rows.codes[at], rows.weights[at], out);
      out += from.width;
    }
    for (const FieldBags& bags : rows.bags) {
      embed_bag(bags, row, from, out);
      out += from.width;
    }
  }
}

}  // namespace

at::Tensor embedded(const FieldCodes& rows, int64_t first, int64_t count, const at::Tensor& table) {
  const Rows from{table.const_data_ptr<float>(), table.size(1)};
  at::Tensor out = at::empty({count, rows.fields(), from.width}, table.options());
  float* const to = out.mutable_data_ptr<float>();
  const auto embed = [&](int64_t begin, int64_t end) {
    embed_rows(rows, first + begin, first + end, from, to + begin * rows.fields() * from.width);
  };
  if (count <= kRowsPerBlock)
    embed(0, count);  // without what threads cost
  else
    parallel_blocks(count, kRowsPerBlock, embed);
  return out;
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
  Rows{gradient, width}.add(0, weight, sums_.data() + place * width);
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
