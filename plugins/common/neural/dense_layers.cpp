#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/relu.h>
#include <assay/extra/neural/dense_layers.h>

#include <cmath>

namespace assay::extra {

NamedTensors dense_layers(const std::string& prefix, const std::vector<int64_t>& widths,
                          at::Generator generator) {
  NamedTensors out;
  const auto options = at::TensorOptions(at::kFloat).device(generator.device());
  const auto add = [&](const std::string& name, at::IntArrayRef shape, double bound) {
    out.emplace_back(name, at::empty(shape, options).uniform_(-bound, bound, generator));
  };
  for (size_t layer = 0; layer + 1 < widths.size(); ++layer) {
    const std::string name = prefix + std::to_string(layer);
    const double bound = 1 / std::sqrt(static_cast<double>(widths[layer]));
    add(name + ".weight", {widths[layer + 1], widths[layer]}, bound);
    add(name + ".bias", {widths[layer + 1]}, bound);
  }
  return out;
}

at::Tensor through_layers(const at::Tensor& rows, const NamedTensors& layers, int64_t first,
                          int64_t count) {
  at::Tensor out = rows;
  for (int64_t layer = 0; layer < count; ++layer) {
    const auto at = static_cast<size_t>(first + 2 * layer);
    out = at::linear(out, layers[at].second, layers[at + 1].second);
    if (layer + 1 < count) out = at::relu(out);
  }
  return out;
}

}  // namespace assay::extra
