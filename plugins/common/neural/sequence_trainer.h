#pragma once
// Part of assay::extra, which promises no stable API or ABI: see assay/extra/README.md.

/// Epochs and steps of a SequenceModel.

#include <ATen/core/Tensor.h>
#include <assay/context.h>
#include <assay/extra/factors/row_adam.h>
#include <assay/extra/factors/touched_rows.h>
#include <assay/extra/fits/epoch_loop.h>
#include <assay/extra/neural/fused_adamw.h>
#include <assay/extra/neural/sequence_batches.h>
#include <assay/extra/neural/sequence_encoder.h>
#include <assay/extra/neural/sequence_model.h>
#include <assay/extra/neural/sequence_negatives.h>
#include <assay/extra/sampling/split_mix.h>

#include <cstdint>
#include <vector>

namespace assay::extra {

/// Learns the weights of a SequenceModel, which it moves in place. The table takes a row-wise Adam,
/// dense layers the fused AdamW.
class SequenceTrainer : public EpochModel {
 public:
  /// @param items       float32 [N, D]
  /// @param parameters  of the encoder
  SequenceTrainer(const SequenceSettings& settings, const SequenceEncoder& encoder,
                  at::Tensor items, Parameters parameters, const TrainingView& data,
                  FitContext& ctx);

  double learn_epoch(int64_t epoch, FitContext& ctx) override;
  void serve() override {}  // the model serves what is moved
  NamedTensors weights() const override;
  void keep_optimisers(Archive& archive) const override;
  void restore_optimisers(const Archive& archive) override;

 private:
  /// Of a batch.
  struct Gradients {
    double loss = 0;
    std::vector<int64_t> rows;  ///< of the table, each once; empty: all
    at::Tensor of_rows;
    std::vector<at::Tensor> of_layers;
  };
  void choose_precision(FitContext& ctx);
  Gradients gradients(const NextItemBatch& batch, Dropout& dropout, SplitMix& random);
  at::Tensor hidden(const NextItemBatch& batch, const at::Tensor& table, const at::Tensor& seen,
                    const Parameters& leaves, Dropout& dropout) const;
  double learn_all(const at::Tensor& hidden, const at::Tensor& table, const NextItemBatch& batch,
                   at::Tensor& of_table) const;
  double learn_places(const at::Tensor& hidden, const at::Tensor& table, const at::Tensor& next,
                      const at::Tensor& others) const;
  double learn_shared(const at::Tensor& hidden, const at::Tensor& table, const at::Tensor& next,
                      const SharedNegatives& shared) const;
  void move(std::vector<Gradients>& pending);
  at::Tensor places(const at::Tensor& ids);

  const SequenceSettings& settings_;
  const SequenceEncoder& encoder_;
  at::Tensor items_;
  Parameters parameters_;
  uint64_t seed_;
  SequenceBatches batches_;
  SequenceNegatives negatives_;
  RowAdam item_adam_;
  FusedAdamW layer_adam_;
  TouchedRows touched_, moved_;
  bool bf16_ = false;
};

}  // namespace assay::extra
