#pragma once

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>
#include <assay/extra/fits/epoch_loop.h>

#include <cstdint>

namespace assay::mult_vae {

struct Widths {
  int64_t hidden = 600;   ///< H
  int64_t factors = 200;  ///< L, of the latent variables
};

/// First weights, uniform within sqrt(6 / (in + out)) (Glorot & Bengio 2010) and biases of 0:
/// `table` [N, H]; `items` [N, H + 1], of which the last column holds biases; input.bias [H];
/// encoder.weight [2 L, H], encoder.bias [2 L]; decoder.weight [H, L], decoder.bias [H].
extra::NamedTensors draw(int64_t items, const Widths& widths, at::Generator generator);

/// A normal distribution with independent dimensions for each of B users: float32 [B, L] each.
struct Posterior {
  at::Tensor mean, log_variance;
};

/// tanh of the first layer, then a linear one.
/// @param sums    float32 [B, H], of the first layer without its bias
/// @param layers  as draw() orders them, without the tables
Posterior encoded(const at::Tensor& sums, const extra::NamedTensors& layers);

/// float32 [B, H + 1], what is multiplied by rows of `items`: tanh of a linear layer, and 1.
/// @param latent  float32 [B, L]
at::Tensor decoded(const at::Tensor& latent, const extra::NamedTensors& layers);

/// float32 [B]: the Kullback-Leibler divergence of a posterior from a standard normal distribution.
at::Tensor divergence(const Posterior& posterior);

}  // namespace assay::mult_vae
