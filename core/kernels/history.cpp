#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <assay/batch.h>

#include <algorithm>
#include <unordered_set>
#include <vector>

#include "kernels/check.h"

namespace assay {
namespace {

using OptionalTensor = std::optional<at::Tensor>;

template <typename Change>
OptionalTensor changed(const OptionalTensor& tensor, const Change& change) {
  return tensor ? OptionalTensor(change(*tensor)) : std::nullopt;
}

/// `rows` in place of the rows of `from`, its other tensors made by `change`.
template <typename Change>
History with_rows(const History& from, Ragged rows, const Change& change) {
  History out(std::move(rows));
  out.time_us = changed(from.time_us, change);
  out.event_type = changed(from.event_type, change);
  out.weight = changed(from.weight, change);
  out.distinct = from.distinct;
  return out;
}

at::Tensor int64_tensor(const std::vector<int64_t>& values) {
  at::Tensor out = at::empty({static_cast<int64_t>(values.size())}, at::kLong);
  std::ranges::copy(values, out.mutable_data_ptr<int64_t>());
  return out;
}

/// Places of the values that stand first in their row, and where the rows end among them.
struct FirstPlaces {
  std::vector<int64_t> place;
  std::vector<int64_t> offset = {0};
};

FirstPlaces first_places(const Ragged& rows) {
  const at::Tensor values = rows.values.cpu().contiguous(),
                   offsets = rows.offsets.cpu().contiguous();
  const int64_t* const value = values.const_data_ptr<int64_t>();
  const int64_t* const offset = offsets.const_data_ptr<int64_t>();
  FirstPlaces out;
  out.place.reserve(static_cast<size_t>(values.size(0)));
  std::unordered_set<int64_t> seen;
  for (int64_t row = 0; row < rows.rows(); ++row) {
    seen.clear();
    for (int64_t i = offset[row]; i < offset[row + 1]; ++i) {
      if (seen.insert(value[i]).second) out.place.push_back(i);
    }
    out.offset.push_back(static_cast<int64_t>(out.place.size()));
  }
  return out;
}

}  // namespace

History History::once() const {
  if (distinct || !offsets.defined()) return *this;
  const FirstPlaces first = first_places(*this);
  History out = *this;
  if (static_cast<int64_t>(first.place.size()) < values.size(0)) {
    const at::Tensor place = int64_tensor(first.place).to(values.device());
    const auto taken = [&](const at::Tensor& tensor) { return tensor.index_select(0, place); };
    out = with_rows(*this, {taken(values), int64_tensor(first.offset).to(offsets.device())}, taken);
  }
  out.distinct = true;
  return out;
}

History History::slice(int64_t first, int64_t count) const {
  if (!offsets.defined()) return {};
  Ragged rows = Ragged::slice(first, count);
  const int64_t begin = offsets[first].item<int64_t>(), length = rows.values.size(0);
  return with_rows(*this, std::move(rows),
                   [&](const at::Tensor& tensor) { return tensor.narrow(0, begin, length); });
}

History History::select(const at::Tensor& chosen) const {
  if (!offsets.defined()) return {};
  Ragged rows = Ragged::select(chosen);
  if (!time_us && !event_type && !weight)
    return with_rows(*this, std::move(rows), [](auto t) { return t; });
  // The places that the rows were taken from: the same selection of 0, 1, 2, ...
  const at::Tensor place =
      Ragged{at::arange(values.size(0), values.options()), offsets}.select(chosen).values;
  return with_rows(*this, std::move(rows),
                   [&](const at::Tensor& tensor) { return tensor.index_select(0, place); });
}

History History::to(const at::Device& device) const {
  return with_rows(*this, Ragged::to(device),
                   [&](const at::Tensor& tensor) { return tensor.to(device); });
}

}  // namespace assay
