#include "pipeline/positive_pairs.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>

#include <numeric>
#include <vector>

namespace assay::pipeline {
namespace {

/// Rows by counting: each value lands behind the earlier ones of its row.
/// @param each  called twice with a function (row, value), which it calls for every pair, in the
///              same order
template <typename Each>
Ragged grouped(int64_t rows, const Each& each) {
  Ragged out;
  out.offsets = at::zeros({rows + 1}, at::kLong);
  int64_t* const offsets = out.offsets.mutable_data_ptr<int64_t>();
  each([&](int64_t row, int64_t) { ++offsets[row + 1]; });
  std::partial_sum(offsets, offsets + rows + 1, offsets);
  out.values = at::empty({offsets[rows]}, at::kLong);
  int64_t* const values = out.values.mutable_data_ptr<int64_t>();
  std::vector<int64_t> next(offsets, offsets + rows);
  each([&](int64_t row, int64_t value) { values[next[row]++] = value; });
  return out;
}

/// Keeps the first of equal values in a row. The rows close up where they lie.
void drop_repeats(Ragged& rows, int64_t values) {
  std::vector<int32_t> last_row(values, -1);  // that had the value
  int64_t* const offsets = rows.offsets.mutable_data_ptr<int64_t>();
  int64_t* const value = rows.values.mutable_data_ptr<int64_t>();
  int64_t kept = 0, begin = 0;
  for (int32_t row = 0; row < rows.rows(); ++row) {
    const int64_t end = offsets[row + 1];
    for (int64_t i = begin; i < end; ++i) {
      if (last_row[value[i]] == row) continue;
      last_row[value[i]] = row;
      value[kept++] = value[i];
    }
    begin = end;
    offsets[row + 1] = kept;
  }
  rows.values = rows.values.slice(0, 0, kept);
}

}  // namespace

void group_positives(TrainingView& view) {
  const int32_t* const user = view.user.const_data_ptr<int32_t>();
  const int32_t* const item = view.item.const_data_ptr<int32_t>();
  const bool* const positive = view.positive.const_data_ptr<bool>();
  view.by_user = grouped(view.users, [&](const auto& add) {
    for (int64_t i = 0; i < view.size(); ++i)
      if (positive[i]) add(user[i], item[i]);
  });
  drop_repeats(view.by_user, view.items);
  const int64_t* const offsets = view.by_user.offsets.const_data_ptr<int64_t>();
  const int64_t* const items = view.by_user.values.const_data_ptr<int64_t>();
  view.by_item = grouped(view.items, [&](const auto& add) {
    for (int64_t one = 0; one < view.users; ++one)
      for (int64_t i = offsets[one]; i < offsets[one + 1]; ++i) add(items[i], one);
  });
}

}  // namespace assay::pipeline
