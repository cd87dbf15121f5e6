#pragma once
// Part of assay::extra, which promises no stable API or ABI: see assay/extra/README.md.

/// The lookup of the vectors of all fields in one table, whatever its numbers are.

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <assay/extra/fields/field_codes.h>
#include <assay/extra/threads/parallel.h>

#include <algorithm>
#include <cstdint>

namespace assay::extra::detail {

inline constexpr int64_t kRowsPerBlock = 64;
/// Entries of which the rows are asked for before they are needed.
inline constexpr int64_t kAhead = 16;

/// Rows of numbers that are what they stand for.
template <typename T>
struct PlainRows {
  const T* table;
  int64_t width;

  void ask_for(int32_t code) const {
    const T* const row = table + int64_t{code} * width;
    __builtin_prefetch(row);
    __builtin_prefetch(row + width - 1);
  }
  void copy(int32_t code, float weight, float* __restrict to) const {
    const T* const __restrict row = table + int64_t{code} * width;
    for (int64_t d = 0; d < width; ++d) to[d] = weight * static_cast<float>(row[d]);
  }
  void add(int32_t code, float weight, float* __restrict to) const {
    const T* const __restrict row = table + int64_t{code} * width;
    for (int64_t d = 0; d < width; ++d) to[d] += weight * static_cast<float>(row[d]);
  }
};

template <typename Rows>
void embed_bag(const FieldBags& bags, int64_t row, const Rows& from, float* to) {
  const int64_t first = bags.offsets[row], last = bags.offsets[row + 1];
  std::fill_n(to, from.width, 0.F);
  for (int64_t at = first; at < last; ++at) from.add(bags.codes[at], bags.weights[at], to);
}

// Of rows first .. last - 1, at `to` and behind it.
template <typename Rows>
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

/// float32 [count, fields, from.width].
template <typename Rows>
at::Tensor embedded_from(const FieldCodes& rows, int64_t first, int64_t count, const Rows& from) {
  at::Tensor out = at::empty({count, rows.fields(), from.width}, at::kFloat);
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

}  // namespace assay::extra::detail
