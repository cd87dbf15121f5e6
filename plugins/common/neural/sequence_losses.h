#pragma once
// Part of assay::extra, which promises no stable API or ABI: see assay/extra/README.md.

/// Losses of the next item.

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace assay::extra {

/// How a model learns that the next item comes before others.
enum class NextItemLoss { bce, sampled_softmax, cross_entropy, gbce };

/// Where negatives come from.
///  - uniform, popularity: drawn from all items, or in proportion to their events
///  - in_batch: the items of the batch's other places (sampled softmax alone)
///  - mixed: those and uniform ones (Yang et al. 2020, Mixed Negative Sampling for Learning Two-tower
///    Neural Networks in Recommendations)
enum class NegativeItems { uniform, popularity, in_batch, mixed };

/// The mean over T places, from the scores (dot products) of the next item and of negatives:
///
///  - bce: -ln sigma(s+) - mean over the negatives of ln sigma(-s-) (Kang & McAuley 2018, with one)
///  - sampled_softmax: -ln (e^s+ / (e^s+ + sum of e^s-)) (Jean et al. 2015), of scores less ln of
///    how likely their item is drawn
///  - gbce: bce with ln sigma(s+)^beta (Petrov & Macdonald 2023, gSASRec), with
///    beta = a (t (1 - 1 / a) + 1 / a), a = negatives / (items - 1)
/// @param positive   float32 [T]
/// @param negatives  float32 [T, M]; -inf is no negative
at::Tensor sampled_loss(NextItemLoss loss, const at::Tensor& positive, const at::Tensor& negatives,
                        int64_t items, double calibration);

/// A loss with its gradients.
struct FullLoss {
  double value = 0;
  at::Tensor of_hidden;  ///< float32 [T, D]
  at::Tensor of_table;   ///< float32 [N, D]
};

/// -ln softmax of the next item among all, the mean over T places, by the scores hidden . item. They
/// are made for some places at a time, in memory that the next ones use again: a matrix of all, its
/// softmax and its gradient would be 4 T N bytes each, and fetching those pages anew in every step
/// took longer than the products.
/// @param hidden  float32 [T, D], T at least 1
/// @param table   float32 [N, D]
/// @param next    int64 [T]
FullLoss full_loss(const at::Tensor& hidden, const at::Tensor& table, const at::Tensor& next);

/// beta of gbce.
double gbce_power(int64_t negatives, int64_t items, double calibration);

}  // namespace assay::extra
