#pragma once
// Part of assay::extra, which promises no stable API or ABI: see assay/extra/README.md.

/// Negatives of models of the next item.

#include <ATen/core/Tensor.h>
#include <assay/batch.h>
#include <assay/extra/factors/touched_rows.h>
#include <assay/extra/neural/in_batch_softmax.h>
#include <assay/extra/neural/sequence_batches.h>
#include <assay/extra/neural/sequence_losses.h>
#include <assay/extra/sampling/split_mix.h>

#include <cstdint>
#include <vector>

namespace assay::extra {

/// Items that the places of a batch share: the first `items` of the touched rows.
struct SharedNegatives {
  int64_t items = 0;
  bool from_batch = false;   ///< the items of the places are among them, as `targets.positive` says
  InBatchTargets targets;    ///< without from_batch no `positive`
  std::vector<float> log_q;  ///< [T] without from_batch: of the places' own items
};

/// Draws negatives for places of sequences. What a user had is no negative of it.
class SequenceNegatives {
 public:
  /// @param count  for each place, or for a batch that shares them
  SequenceNegatives(const TrainingView& data, NegativeItems source, int64_t count);

  /// int64 [T, count], for each place on its own; uniform or by popularity.
  at::Tensor of_places(const NextItemBatch& batch, const SequenceBatches& batches,
                       SplitMix& random) const;

  /// Next items of the batch (in_batch, mixed), then what is drawn, touched in this order.
  SharedNegatives shared(const NextItemBatch& batch, const SequenceBatches& batches,
                         SplitMix& random, TouchedRows& touched) const;

 private:
  int64_t draw(SplitMix& random) const;
  float log_q(int64_t item, int64_t places) const;

  NegativeItems source_;
  int64_t count_, items_;
  std::vector<int64_t> pool_;                       // positives of all users
  std::vector<double> log_absent_, log_not_drawn_;  // [N]: ln(1 - share)
};

}  // namespace assay::extra
