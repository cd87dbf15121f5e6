#include "network.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/layer_norm.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/silu.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include <cmath>
#include <numbers>
#include <string>
#include <utility>

namespace assay::recvae {
namespace {

constexpr int64_t kLayers = 5;
constexpr double kNormEpsilon = 0.1;
constexpr double kWideLogVariance = 10;

}  // namespace

extra::NamedTensors draw(int64_t items, const Widths& widths, at::Generator generator) {
  const auto options = at::TensorOptions(at::kFloat).device(generator.device());
  extra::NamedTensors out;
  const auto uniform = [&](const std::string& name, at::IntArrayRef shape, int64_t in) {
    const double bound = 1 / std::sqrt(static_cast<double>(in));
    out.emplace_back(name, at::empty(shape, options).uniform_(-bound, bound, generator));
  };
  const int64_t hidden = widths.hidden, factors = widths.factors;
  const auto linear = [&](const std::string& name, int64_t width) {
    uniform(name + ".weight", {width, hidden}, hidden);
    uniform(name + ".bias", {width}, hidden);
  };
  uniform("table", {items, hidden}, items);
  uniform("items", {items, factors + 1}, factors);
  uniform("input.bias", {hidden}, items);
  for (int64_t layer = 0; layer < kLayers; ++layer) {
    const std::string number = std::to_string(layer);
    if (layer > 0) linear("linear." + number, hidden);
    out.emplace_back("norm." + number + ".weight", at::ones({hidden}, options));
    out.emplace_back("norm." + number + ".bias", at::zeros({hidden}, options));
  }
  linear("mean", factors);
  linear("log_variance", factors);
  return out;
}

Posterior encoded(const at::Tensor& sums, const extra::NamedTensors& layers) {
  size_t next = 0;
  const auto take = [&]() -> const at::Tensor& { return layers[next++].second; };
  const auto linear = [&](const at::Tensor& rows) {
    const at::Tensor& weight = take();
    return at::linear(rows, weight, take());
  };
  const auto normalised = [&](const at::Tensor& rows) {
    const at::Tensor& weight = take();
    return at::layer_norm(at::silu(rows), {rows.size(1)}, weight, take(), kNormEpsilon);
  };
  at::Tensor last = normalised(sums + take());
  at::Tensor before;  // the sum of the layers before the last one
  for (int64_t layer = 1; layer < kLayers; ++layer) {
    const at::Tensor all = before.defined() ? before + last : last;
    last = normalised(linear(last) + all);
    before = all;
  }
  const at::Tensor mean = linear(last);
  return {mean, linear(last)};
}

at::Tensor log_normal(const at::Tensor& latent, const Posterior& of) {
  const double constant = std::log(2 * std::numbers::pi);
  return -0.5 * (of.log_variance + constant + (latent - of.mean).square() / of.log_variance.exp());
}

at::Tensor log_prior(const at::Tensor& latent, const Posterior& before,
                     const std::vector<double>& shares) {
  const at::Tensor zero = at::zeros_like(before.mean);
  const std::vector<at::Tensor> parts = {
      log_normal(latent, {zero, zero}) + std::log(shares[0]),
      log_normal(latent, before) + std::log(shares[1]),
      log_normal(latent, {zero, zero + kWideLogVariance}) + std::log(shares[2])};
  return at::stack(parts).logsumexp(0);
}

}  // namespace assay::recvae
