#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/cumsum.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <ATen/ops/repeat_interleave.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>
#include <assay/kernels.h>
#include <assay/ragged.h>

#include "kernels/check.h"

namespace assay {
namespace {

at::Tensor arange_on(int64_t n, const at::Tensor& like) {
  return at::arange(n, at::TensorOptions().dtype(at::kLong).device(like.device()));
}

// Offsets [rows + 1] from lengths [rows].
at::Tensor offsets_of(const at::Tensor& lengths) {
  return at::cat({at::zeros({1}, lengths.options()), at::cumsum(lengths, 0)});
}

template <typename T>
void mark_rows(const Ragged& rows, int64_t columns, T one, T* out) {
  const at::Tensor values = rows.values.contiguous(), offsets = rows.offsets.contiguous();
  const int64_t* value = values.const_data_ptr<int64_t>();
  const int64_t* offset = offsets.const_data_ptr<int64_t>();
  for (int64_t r = 0; r < rows.rows(); ++r) {
    for (int64_t i = offset[r]; i < offset[r + 1]; ++i) {
      if (value[i] < 0 || value[i] >= columns) {
        throw std::invalid_argument("a row of " + std::to_string(columns) +
                                    " columns cannot hold the value " + std::to_string(value[i]));
      }
      out[r * columns + value[i]] = one;
    }
  }
}

// [rows, columns] of `type`: 1 at every value of the row.
at::Tensor marked(const Ragged& rows, int64_t columns, at::ScalarType type) {
  if (rows.rows() == 0) return at::zeros({0, columns}, at::TensorOptions().dtype(type));
  at::Tensor out = at::zeros({rows.rows(), columns}, rows.offsets.options().dtype(type));
  const bool in_place = out.is_cpu() && rows.values.scalar_type() == at::kLong;
  if (in_place && type == at::kBool) {
    mark_rows(rows, columns, true, out.mutable_data_ptr<bool>());
  } else if (in_place && type == at::kFloat) {
    mark_rows(rows, columns, 1.0f, out.mutable_data_ptr<float>());
  } else {
    out.view({-1}).index_fill_(0, rows.row_index() * columns + rows.values, 1);
  }
  return out;
}

}  // namespace

at::Tensor Ragged::lengths() const {
  if (!offsets.defined()) return at::empty({0}, at::TensorOptions().dtype(at::kLong));
  return offsets.slice(0, 1) - offsets.slice(0, 0, -1);
}

at::Tensor Ragged::row_index() const {
  if (!offsets.defined()) return at::empty({0}, at::TensorOptions().dtype(at::kLong));
  return at::repeat_interleave(arange_on(rows(), offsets), lengths(), std::nullopt, values.size(0));
}

at::Tensor Ragged::padded(int64_t last_n, int64_t fill) const {
  if (rows() == 0) return at::empty({0, last_n}, at::TensorOptions().dtype(at::kLong));
  if (values.size(0) == 0) return at::full({rows(), last_n}, fill, values.options());
  const at::Tensor place = offsets.slice(0, 1).unsqueeze(1) - last_n + arange_on(last_n, offsets);
  const at::Tensor found =
      values.index_select(0, place.clamp_min(0).view({-1})).view(place.sizes());
  return at::where(place >= offsets.slice(0, 0, -1).unsqueeze(1), found,
                   at::full({}, fill, values.options()));
}

Ragged Ragged::slice(int64_t first, int64_t count) const {
  kernels::expect(first >= 0 && count >= 0 && first + count <= rows(), "Ragged::slice",
                  "rows " + std::to_string(first) + " .. " + std::to_string(first + count) +
                      " must be within its " + std::to_string(rows()) + " rows",
                  offsets);
  if (!offsets.defined()) return {};
  const at::Tensor part = offsets.slice(0, first, first + count + 1);
  const int64_t begin = part[0].item<int64_t>();
  return {values.slice(0, begin, part[count].item<int64_t>()), part - begin};
}

Ragged Ragged::select(const at::Tensor& chosen) const {
  if (!offsets.defined()) return {};
  const at::Tensor first = offsets.index_select(0, chosen);
  const at::Tensor length = offsets.index_select(0, chosen + 1) - first;
  const at::Tensor fresh = offsets_of(length);
  // Value i of the new row r stands at first[r] + (i - fresh[r]) of the old ones.
  const at::Tensor shift = at::repeat_interleave(first - fresh.slice(0, 0, -1), length);
  return {values.index_select(0, shift + arange_on(shift.size(0), shift)), fresh};
}

Ragged Ragged::to(const at::Device& device) const {
  if (!offsets.defined()) return {};
  return {values.to(device), offsets.to(device)};
}

at::Tensor Ragged::dense(int64_t columns) const { return marked(*this, columns, at::kBool); }

at::Tensor multi_hot(const Ragged& rows, int64_t columns) {
  return marked(rows, columns, at::kFloat);
}

}  // namespace assay
