#pragma once
// Part of assay::extra, which promises no stable API or ABI: see assay/extra/README.md.

/// The multinomial likelihood of bags of items under a softmax over all items.

#include <ATen/core/Tensor.h>
#include <assay/extra/factors/bags.h>

namespace assay::extra {

/// The loss of Liang et al. 2018 (Variational Autoencoders for Collaborative Filtering, equation 2),
/// with its gradients by formula: for scores s_bi = hidden_b . items_i and bags x
///
///     loss = -1/B sum_b sum_i x_bi ln softmax(s_b)_i
///     dloss / ds_bi = (n_b softmax(s_b)_i - x_bi) / B,   n_b = sum_i x_bi
///
/// A step needs 4 B N bytes for the scores, which the next one uses again.
class MultinomialLikelihood {
 public:
  struct Found {
    double loss = 0;
    at::Tensor of_hidden;  ///< float32 [B, D]
    at::Tensor
        of_items;  ///< float32 [N, D], valid until the next call; not defined where not asked
  };
  /// @param hidden  float32 [B, D], B at least 1
  /// @param items   float32 [N, D]
  /// @param liked   B bags of items
  /// @param moves   whether the gradient of the items is asked for
  Found operator()(const at::Tensor& hidden, const at::Tensor& items, const Bags& liked,
                   bool moves = true);

 private:
  at::Tensor scores_, of_items_;  // memory
};

}  // namespace assay::extra
