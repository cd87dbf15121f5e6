#include "tower.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/zeros.h>
#include <assay/extra/neural/dense_layers.h>

#include <algorithm>

namespace assay::two_tower {
namespace {

constexpr double kTiny = 1e-12;         // of a length, so that a vector of 0 stays one
constexpr int64_t kAlike = 16;          // rows from which on a matrix product has the same bits
constexpr int64_t kRowsAtOnce = 16384;  // so that hidden layers stay small

at::Tensor directions(const at::Tensor& rows) {
  return rows / rows.norm(2, 1, true).clamp_min(kTiny);
}

}  // namespace

at::Tensor sum_of(const Parts& parts) {
  at::Tensor sum = parts[0];
  for (size_t n = 1; n < parts.size(); ++n) sum = sum + parts[n];
  return sum;
}

at::Tensor Tower::inputs(const Parts& parts) const {
  if (layers == 0) return sum_of(parts);
  return parts.size() == 1 ? parts[0] : at::cat(parts, 1);
}

at::Tensor Tower::operator()(const at::Tensor& inputs, const extra::NamedTensors& weights) const {
  const at::Tensor out = extra::through_layers(inputs, weights, first, layers);
  return similarity == Similarity::cosine ? directions(out) : out;
}

at::Tensor Tower::served(const Parts& parts, const extra::NamedTensors& weights) const {
  const at::NoGradGuard no_gradients;
  const int64_t rows = parts[0].size(0);
  std::vector<at::Tensor> out;
  for (int64_t from = 0; from < rows || from == 0; from += kRowsAtOnce) {
    Parts some;
    for (const at::Tensor& part : parts)
      some.push_back(part.slice(0, from, std::min(rows, from + kRowsAtOnce)));
    at::Tensor in = inputs(some);
    const int64_t count = in.size(0);
    if (layers > 0 && count < kAlike)
      in = at::cat({in, at::zeros({kAlike - count, in.size(1)}, in.options())});
    out.push_back((*this)(in, weights).slice(0, 0, count));
  }
  return at::cat(out);
}

}  // namespace assay::two_tower
