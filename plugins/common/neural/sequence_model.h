#pragma once
// Part of assay::extra, which promises no stable API or ABI: see assay/extra/README.md.

/// A model of the next item of a sequence, with its training: what sasrec and gru4rec share.

#include <ATen/core/Tensor.h>
#include <assay/abi.h>
#include <assay/batch.h>
#include <assay/context.h>
#include <assay/extra/factors/row_adam.h>
#include <assay/extra/neural/sequence_batches.h>
#include <assay/extra/neural/sequence_encoder.h>
#include <assay/extra/neural/sequence_losses.h>
#include <assay/extra/sampling/split_mix.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace assay::extra {

struct SequenceSettings {
  EncoderSettings encoder;
  NextItemLoss loss = NextItemLoss::cross_entropy;
  int64_t negatives = 1;      ///< of a sampled loss; bce and gbce: of each place, else of a batch
  double calibration = 0.75;  ///< gbce
  double dropout = 0.2;
  double learning_rate = 1e-3;
  double weight_decay = 0;   ///< of dense layers, decoupled (AdamW)
  int64_t batch_size = 128;  ///< sequences
  int64_t epochs = 200;
  int64_t patience =
      0;  ///< validations without an improvement after which it ends; 0: none is made
  int64_t validate_every = 1;  ///< epochs
};

/// Learns a table of item vectors and an encoder such that encode(history) . item is high for the
/// item that comes next. The table takes a row-wise Adam (row_adam.h), so that a step costs what its
/// batch touches; dense layers take LibTorch's fused AdamW. The same bits on repetition with the same
/// number of threads.
class SequenceModel {
 public:
  /// @param name  of the strategy, for messages
  SequenceModel(std::string name, const SequenceSettings& settings);

  /// Learns, validates and keeps the best epoch, goes on from a checkpoint, and in a final refit
  /// learns for as long as was chosen. `serve` is called before each validation. Throws InvalidInput
  /// where the loss diverges.
  void fit(const TrainingView& data, FitContext& ctx, const std::function<void()>& serve);

  /// float32 [B, D]: what is looked for after each history; 0 where it is empty.
  at::Tensor query_vectors(const History& history) const;
  /// The items nearest to query_vectors(); a request without a history gets an empty row.
  CandidateBatch recall(const RequestBatch& requests, int64_t k) const;
  /// float32 [N, D].
  const at::Tensor& items() const { return items_; }

  void save(Archive& archive) const;
  void load(const Archive& archive, const at::Device& device);

 private:
  struct Moments {
    std::vector<at::Tensor> mean, square, steps;
  };
  struct Progress;
  double learn_epoch(SequenceBatches& batches, int64_t epoch, uint64_t seed, FitContext& ctx);
  double step(const NextItemBatch& batch, const SequenceBatches& batches, Dropout& dropout,
              SplitMix& random);
  void move_layers(const Parameters& leaves);
  void start(const TrainingView& data, FitContext& ctx);
  bool is_enough(Progress& at, FitContext& ctx, const std::function<void()>& serve) const;
  at::Tensor negatives(const NextItemBatch& batch, const SequenceBatches& batches,
                       SplitMix& random) const;
  at::Tensor loss_against(const at::Tensor& hidden, const at::Tensor& table, const at::Tensor& next,
                          const at::Tensor& others) const;
  at::Tensor encoded(const RaggedSpans& rows, const std::vector<int64_t>& these,
                     int64_t width) const;
  void keep(Archive& archive, const Progress& at) const;
  void restore(const Archive& archive, Progress& at);

  std::string name_;
  SequenceSettings settings_;
  std::unique_ptr<SequenceEncoder> encoder_;
  at::Tensor items_;       // float32 [N, D]
  Parameters parameters_;  // of the encoder
  RowAdam item_adam_;
  Moments moments_;
};

}  // namespace assay::extra
