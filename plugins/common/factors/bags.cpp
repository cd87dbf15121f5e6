#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <assay/extra/factors/bags.h>
#include <assay/extra/interactions/csr.h>
#include <assay/extra/threads/parallel.h>

#include <algorithm>

namespace assay::extra {
namespace {

constexpr int64_t kBagsPerBlock = 64;

void sum_bag(const Bags& bags, int64_t bag, const float* table, int64_t width, float* to) {
  std::fill_n(to, width, 0.F);
  for (int64_t at = bags.offsets[bag]; at < bags.offsets[bag + 1]; ++at) {
    const float* const from = table + bags.rows[at] * width;
    const float weight = bags.weights[at];
    for (int64_t d = 0; d < width; ++d) to[d] += weight * from[d];
  }
}

at::Tensor sums_by_operators(const Bags& bags, const at::Tensor& table) {
  const at::Device device = table.device();
  std::vector<int64_t> bag_of;
  bag_of.reserve(bags.rows.size());
  for (int64_t bag = 0; bag < bags.size(); ++bag)
    bag_of.insert(bag_of.end(), static_cast<size_t>(bags.offsets[bag + 1] - bags.offsets[bag]),
                  bag);
  const at::Tensor terms = table.index_select(0, at::tensor(bags.rows, at::kLong).to(device)) *
                           at::tensor(bags.weights, at::kFloat).to(device).unsqueeze(1);
  return at::zeros({bags.size(), table.size(1)}, table.options())
      .index_add_(0, at::tensor(bag_of, at::kLong).to(device), terms);
}

}  // namespace

Bags Bags::transposed(int64_t table) const {
  Bags out;
  out.offsets.assign(static_cast<size_t>(table) + 1, 0);
  out.rows.resize(rows.size());
  out.weights.resize(rows.size());
  transpose<int64_t, float>({offsets, rows, weights}, {out.offsets, out.rows, out.weights});
  return out;
}

at::Tensor Bags::sums(const at::Tensor& table) const {
  if (!table.is_cpu()) return sums_by_operators(*this, table);
  const at::Tensor held = table.contiguous();
  const int64_t width = held.size(1);
  at::Tensor out = at::empty({size(), width}, held.options());
  const float* const from = held.const_data_ptr<float>();
  float* const to = out.mutable_data_ptr<float>();
  parallel_blocks(size(), kBagsPerBlock, [&](int64_t first, int64_t last) {
    for (int64_t bag = first; bag < last; ++bag) sum_bag(*this, bag, from, width, to + bag * width);
  });
  return out;
}

}  // namespace assay::extra
