#include "pipeline/positive_pairs.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>

#include <numeric>
#include <vector>

namespace assay::pipeline {
namespace {

/// Rows by counting: each value lands behind the earlier ones of its row.
/// @param each  called with a function (row, value, place), which it calls for every pair, twice in
///              the same order
/// @param take  told where in the rows a pair landed: (to, place)
template <typename Each, typename Take>
Ragged grouped(int64_t rows, const Each& each, const Take& take) {
  Ragged out;
  out.offsets = at::zeros({rows + 1}, at::kLong);
  int64_t* const offsets = out.offsets.mutable_data_ptr<int64_t>();
  each([&](int64_t row, int64_t, int64_t) { ++offsets[row + 1]; });
  std::partial_sum(offsets, offsets + rows + 1, offsets);
  out.values = at::empty({offsets[rows]}, at::kLong);
  int64_t* const values = out.values.mutable_data_ptr<int64_t>();
  std::vector<int64_t> next(offsets, offsets + rows);
  const auto place_each = take(out.values.size(0));
  each([&](int64_t row, int64_t value, int64_t place) {
    const int64_t to = next[row]++;
    values[to] = value;
    place_each(to, place);
  });
  return out;
}

/// The entry at `place` of a tensor that may be absent goes to `to` of another.
template <typename T>
class Carried {
 public:
  Carried(const std::optional<at::Tensor>& from, std::optional<at::Tensor>& out, int64_t size) {
    if (!from) return;
    out = at::empty({size}, from->options());
    from_ = from->const_data_ptr<T>();
    to_ = out->mutable_data_ptr<T>();
  }
  void operator()(int64_t to, int64_t place) const {
    if (from_) to_[to] = from_[place];
  }

 private:
  const T* from_ = nullptr;
  T* to_ = nullptr;
};

/// Keeps the first of equal values in a row, counts them and adds their weights up. The rows close
/// up where they lie.
void drop_repeats(Interactions& rows, int64_t values) {
  std::vector<int64_t> last(values, -1);  // where each value was kept last
  int64_t* const offsets = rows.offsets.mutable_data_ptr<int64_t>();
  int64_t* const value = rows.values.mutable_data_ptr<int64_t>();
  float* const weight = rows.weight ? rows.weight->mutable_data_ptr<float>() : nullptr;
  int32_t* count = nullptr;  // made with the first repeat
  int64_t kept = 0, begin = 0;
  for (int64_t row = 0; row < rows.rows(); ++row) {
    const int64_t end = offsets[row + 1], first = kept;
    for (int64_t i = begin; i < end; ++i) {
      int64_t& place = last[value[i]];
      if (place >= first) {
        if (!count) {
          rows.count = at::ones({rows.values.size(0)}, at::kInt);
          count = rows.count->mutable_data_ptr<int32_t>();
        }
        ++count[place];
        if (weight) weight[place] += weight[i];
        continue;
      }
      if (weight) weight[kept] = weight[i];
      place = kept;
      value[kept++] = value[i];
    }
    begin = end;
    offsets[row + 1] = kept;
  }
  rows.values = rows.values.slice(0, 0, kept);
  if (rows.count) rows.count = rows.count->slice(0, 0, kept);
  if (rows.weight) rows.weight = rows.weight->slice(0, 0, kept);
}

Interactions pairs_by_user(const TrainingView& view) {
  const int32_t* const user = view.user.const_data_ptr<int32_t>();
  const int32_t* const item = view.item.const_data_ptr<int32_t>();
  const bool* const positive = view.positive.const_data_ptr<bool>();
  std::optional<at::Tensor> weight;
  Interactions out = grouped(
      view.users,
      [&](const auto& add) {
        for (int64_t i = 0; i < view.size(); ++i)
          if (positive[i]) add(user[i], item[i], i);
      },
      [&](int64_t size) { return Carried<float>(view.weight, weight, size); });
  out.weight = weight;
  drop_repeats(out, view.items);
  return out;
}

Interactions pairs_by_item(const Interactions& by_user, int64_t items) {
  const int64_t* const offsets = by_user.offsets.const_data_ptr<int64_t>();
  const int64_t* const item = by_user.values.const_data_ptr<int64_t>();
  std::optional<at::Tensor> count, weight;
  Interactions out = grouped(
      items,
      [&](const auto& add) {
        for (int64_t user = 0; user < by_user.rows(); ++user)
          for (int64_t i = offsets[user]; i < offsets[user + 1]; ++i) add(item[i], user, i);
      },
      [&](int64_t size) {
        return [counts = Carried<int32_t>(by_user.count, count, size),
                weights = Carried<float>(by_user.weight, weight, size)](int64_t to, int64_t place) {
          counts(to, place);
          weights(to, place);
        };
      });
  out.count = count;
  out.weight = weight;
  return out;
}

}  // namespace

void group_positives(TrainingView& view) {
  view.by_user = pairs_by_user(view);
  view.by_item = pairs_by_item(view.by_user, view.items);
}

}  // namespace assay::pipeline
