#pragma once
// Part of assay::extra, which promises no stable API or ABI: see assay/extra/README.md.

/// A softmax over the items of a batch, with its gradients.

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace assay::extra {

/// What a batch of B queries and M different items is asked. Ids are places among the items.
struct InBatchTargets {
  std::vector<int64_t> positive;  ///< [B], the item of each query
  std::vector<float> log_q;       ///< [M], ln of how likely an item is in a batch: what a score is
                                  ///< corrected by, so that items which are often there are not
                                  ///< pushed down for it (Yi et al. 2019); empty: no correction
  std::vector<int64_t> masked;    ///< query * M + item of other positives of a query, which are no
                                  ///< negatives; by query
  std::vector<float> weight;      ///< [B], of the loss of each query; empty: 1
  double temperature = 1;         ///< that scores are divided by
};

/// Of the mean loss of a batch.
struct InBatchGradients {
  double loss = 0;
  at::Tensor of_queries;  ///< float32 [B, D]
  at::Tensor of_items;    ///< float32 [M, D]
};

/// The mean over the batch of weight * -ln softmax(q . i / temperature - log_q) at the positive (Yi,
/// Yang, Hong et al. 2019, Sampling-Bias-Corrected Neural Modeling for Large Corpus Item
/// Recommendations), and its gradients by formula: no graph is made.
/// @param queries  float32 [B, D]
/// @param items    float32 [M, D]
InBatchGradients in_batch_softmax(const at::Tensor& queries, const at::Tensor& items,
                                  const InBatchTargets& targets);

}  // namespace assay::extra
