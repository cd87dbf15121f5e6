#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>

#include "graph.h"
#include "triples.h"

namespace assay::light_gcn {

/// The loss of a batch and its gradient.
struct LossGradient {
  double loss;          ///< mean over the batch, the penalty left out
  at::Tensor gradient;  ///< float32 [nodes, D], of loss and penalty
};

/// BPR over the propagated vectors e of users and items (He et al. 2020, equation 15):
///
///     mean over the batch of -ln sigmoid(e_u . e_i - e_u . e_j)
///       + lambda / 2 (|t_u|² + |t_i|² + |t_j|²),  t the rows of the table
///
/// @param users  U: item i is node U + i
LossGradient pairwise_loss(const Graph& graph, const at::Tensor& table, int64_t layers,
                           int64_t users, std::span<const Triple> batch, double lambda);

}  // namespace assay::light_gcn
