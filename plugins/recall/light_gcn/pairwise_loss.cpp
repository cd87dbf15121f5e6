#include "pairwise_loss.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/zeros_like.h>

#include <cmath>

namespace assay::light_gcn {
namespace {

// ln(1 + exp(-x)) without overflow.
double softplus_of_minus(double x) {
  return x > 0 ? std::log1p(std::exp(-x)) : std::log1p(std::exp(x)) - x;
}

}  // namespace

LossGradient pairwise_loss(const Graph& graph, const at::Tensor& table, int64_t layers,
                           int64_t users, std::span<const Triple> batch, double lambda) {
  const at::Tensor vectors = graph.propagated(table, layers);
  at::Tensor of_vectors = at::zeros_like(vectors);
  const int64_t width = table.size(1);
  const float* const e = vectors.const_data_ptr<float>();
  float* const to = of_vectors.mutable_data_ptr<float>();
  const double share = 1 / static_cast<double>(batch.size());
  double loss = 0;
  for (const Triple& one : batch) {
    const int64_t u = one.user * width, i = (users + one.positive) * width,
                  j = (users + one.negative) * width;
    double score = 0;
    for (int64_t f = 0; f < width; ++f) score += double{e[u + f]} * (e[i + f] - e[j + f]);
    loss += softplus_of_minus(score);
    const auto pull = static_cast<float>(-share / (1 + std::exp(score)));
    for (int64_t f = 0; f < width; ++f) {
      to[u + f] += pull * (e[i + f] - e[j + f]);
      to[i + f] += pull * e[u + f];
      to[j + f] -= pull * e[u + f];
    }
  }
  LossGradient result{loss * share, graph.propagated(of_vectors, layers)};
  const float* const t = table.const_data_ptr<float>();
  float* const gradient = result.gradient.mutable_data_ptr<float>();
  const auto shrink = static_cast<float>(lambda * share);
  for (const Triple& one : batch) {
    for (const int64_t node : {one.user, users + one.positive, users + one.negative})
      for (int64_t f = node * width; f < (node + 1) * width; ++f) gradient[f] += shrink * t[f];
  }
  return result;
}

}  // namespace assay::light_gcn
