#include "network.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>

#include <cmath>
#include <string>
#include <utility>

namespace assay::mult_vae {

extra::NamedTensors draw(int64_t items, const Widths& widths, at::Generator generator) {
  const auto options = at::TensorOptions(at::kFloat).device(generator.device());
  const auto uniform = [&](int64_t out, int64_t in) {
    const double bound = std::sqrt(6.0 / static_cast<double>(in + out));
    return at::empty({out, in}, options).uniform_(-bound, bound, generator);
  };
  const int64_t hidden = widths.hidden, factors = widths.factors;
  extra::NamedTensors out;
  out.emplace_back("table", uniform(items, hidden));
  out.emplace_back("items", at::cat({uniform(items, hidden), at::zeros({items, 1}, options)}, 1));
  out.emplace_back("input.bias", at::zeros({hidden}, options));
  out.emplace_back("encoder.weight", uniform(2 * factors, hidden));
  out.emplace_back("encoder.bias", at::zeros({2 * factors}, options));
  out.emplace_back("decoder.weight", uniform(hidden, factors));
  out.emplace_back("decoder.bias", at::zeros({hidden}, options));
  return out;
}

Posterior encoded(const at::Tensor& sums, const extra::NamedTensors& layers) {
  const at::Tensor both =
      at::linear((sums + layers[0].second).tanh(), layers[1].second, layers[2].second);
  const int64_t factors = both.size(1) / 2;
  return {both.narrow(1, 0, factors), both.narrow(1, factors, factors)};
}

at::Tensor decoded(const at::Tensor& latent, const extra::NamedTensors& layers) {
  const at::Tensor hidden = at::linear(latent, layers[3].second, layers[4].second).tanh();
  return at::cat({hidden, at::ones({hidden.size(0), 1}, hidden.options())}, 1);
}

at::Tensor divergence(const Posterior& posterior) {
  const at::Tensor& spread = posterior.log_variance;
  return 0.5 * (posterior.mean.square() + spread.exp() - spread - 1).sum(1);
}

}  // namespace assay::mult_vae
