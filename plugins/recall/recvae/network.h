#pragma once

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>
#include <assay/extra/fits/epoch_loop.h>

#include <cstdint>
#include <vector>

namespace assay::recvae {

struct Widths {
  int64_t hidden = 600;   ///< H
  int64_t factors = 200;  ///< L, of the latent variables
};

/// First weights, as torch.nn.Linear and LayerNorm have them: `table` [N, H]; `items` [N, L + 1], of
/// which the last column holds biases; then of the encoder input.bias [H]; for each of five norms
/// weight and bias [H], with a linear layer [H, H] and its bias before all but the first; mean and
/// log_variance, weight [L, H] and bias [L] each.
extra::NamedTensors draw(int64_t items, const Widths& widths, at::Generator generator);

/// A normal distribution with independent dimensions for each of B users: float32 [B, L] each.
struct Posterior {
  at::Tensor mean, log_variance;
};

/// Five layers of swish and LayerNorm (epsilon 0.1), each of which sees the sum of those before it,
/// but the one just before through a linear map (figure 2 of the paper, and its authors' code).
/// @param sums    float32 [B, H], of the first layer without its bias
/// @param layers  as draw() orders them, without the tables
Posterior encoded(const at::Tensor& sums, const extra::NamedTensors& layers);

/// Of each dimension: ln of the density of a normal distribution, float32 [B, L].
at::Tensor log_normal(const at::Tensor& latent, const Posterior& of);

/// Of each dimension: ln of the composite prior, float32 [B, L]. A mixture of a standard normal
/// distribution, the posterior of the encoder as it was an epoch ago, and a normal distribution of
/// variance e^10 (equation 6).
/// @param shares  of the three, summing to 1
at::Tensor log_prior(const at::Tensor& latent, const Posterior& before,
                     const std::vector<double>& shares);

}  // namespace assay::recvae
