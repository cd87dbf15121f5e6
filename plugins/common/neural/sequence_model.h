#pragma once
// Part of assay::extra, which promises no stable API or ABI: see assay/extra/README.md.

/// A model of the next item of a sequence, with its training.

#include <ATen/core/Tensor.h>
#include <assay/abi.h>
#include <assay/batch.h>
#include <assay/context.h>
#include <assay/extra/neural/products.h>
#include <assay/extra/neural/sequence_batches.h>
#include <assay/extra/neural/sequence_encoder.h>
#include <assay/extra/neural/sequence_losses.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace assay::extra {

struct SequenceSettings {
  EncoderSettings encoder;  ///< bidirectional: learns to tell masked items
  double mask_share = 0.2;  ///< of the items of a sequence, of a bidirectional encoder
  NextItemLoss loss = NextItemLoss::cross_entropy;
  int64_t negatives = 1;  ///< of a sampled loss; bce and gbce: of each place, else of a batch
  NegativeItems negatives_from = NegativeItems::uniform;
  double calibration = 0.75;  ///< gbce
  double dropout = 0.2;
  double learning_rate = 1e-3;
  double weight_decay = 0;   ///< of dense layers, decoupled (AdamW)
  int64_t batch_size = 128;  ///< sequences
  int64_t accumulate = 1;    ///< batches of a step
  Precision precision = Precision::fp32;
  int64_t epochs = 200;
  int64_t patience =
      0;  ///< validations without an improvement after which it ends; 0: none is made
  int64_t validate_every = 1;  ///< epochs
};

/// Whether it learns to tell masked items.
inline bool masks(const SequenceSettings& settings) {
  return settings.encoder.kind == EncoderSettings::Kind::bidirectional;
}

/// float32 [B, n, D]: what an encoder sees of items that stand at places of a table.
/// @param places      int64 [B, n]
/// @param item        int64 [B, n], kMasked where an item is masked
/// @param parameters  of the encoder
at::Tensor shown_rows(const SequenceSettings& settings, const at::Tensor& table,
                      const at::Tensor& places, const at::Tensor& item,
                      const Parameters& parameters);

/// Learns a table of item vectors and an encoder such that encode(history) . item is high for the
/// item that comes next, or, with a bidirectional encoder, encode(sequence) . item at the place of a
/// masked item, which in a request follows the history. The table takes a row-wise Adam
/// (row_adam.h), so that a step costs what its batch touches; dense layers take LibTorch's fused
/// AdamW. The same bits on repetition with the same number of threads.
class SequenceModel {
 public:
  /// @param name  of the strategy, for messages
  SequenceModel(std::string name, const SequenceSettings& settings);

  /// Learns, as learn_epochs (epoch_loop.h) says.
  void fit(const TrainingView& data, FitContext& ctx);

  /// float32 [B, D]: what is looked for after each history; 0 where it is empty.
  at::Tensor query_vectors(const History& history) const;
  /// The items nearest to query_vectors(); a request without a history gets an empty row.
  CandidateBatch recall(const RequestBatch& requests, int64_t k) const;
  /// float32 [N, D].
  const at::Tensor& items() const { return items_; }

  void save(Archive& archive) const;
  void load(const Archive& archive, const at::Device& device);

 private:
  at::Tensor encoded(const RaggedSpans& rows, const RaggedSpans& times,
                     const std::vector<int64_t>& these, int64_t width) const;

  std::string name_;
  SequenceSettings settings_;
  std::unique_ptr<SequenceEncoder> encoder_;
  at::Tensor items_;       // float32 [N, D]
  Parameters parameters_;  // of the encoder
};

}  // namespace assay::extra
