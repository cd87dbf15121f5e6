#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/relu.h>
#include <assay/extra/fields/field_network.h>
#include <assay/extra/neural/dense_layers.h>

#include <cmath>

namespace assay::extra {

at::Tensor pairwise_interactions(const at::Tensor& vectors) {
  return (vectors.sum(1).square() - vectors.square().sum(1)).sum(1) * 0.5;
}

at::Tensor interaction_shares(const at::Tensor& vectors) {
  return (vectors * (vectors.sum(1, /*keepdim=*/true) - vectors)).sum(2) * 0.5;
}

at::Tensor through_hidden(const at::Tensor& rows, const NetworkWeights& weights, int64_t first,
                          int64_t count, Dropout& dropout) {
  at::Tensor out = rows;
  for (int64_t layer = 0; layer < count; ++layer)
    out = dropout(at::relu(weights.linear(out, first + 2 * layer)));
  return out;
}

at::Tensor projected(const at::Tensor& rows, const at::Tensor& weight) {
  return (rows * weight).sum(1);
}

Parameters hidden_layers(const std::string& prefix, int64_t width,
                         const std::vector<int64_t>& widths, at::Generator generator) {
  std::vector<int64_t> all = {width};
  all.insert(all.end(), widths.begin(), widths.end());
  return dense_layers(prefix, all, std::move(generator));
}

Parameters projection(const std::string& prefix, int64_t width, at::Generator generator) {
  const double bound = 1 / std::sqrt(static_cast<double>(width));
  return {{prefix + "weight",
           at::empty({1, width}, at::kFloat).uniform_(-bound, bound, std::move(generator))}};
}

Parameters together(Parameters first, const Parameters& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

}  // namespace assay::extra
