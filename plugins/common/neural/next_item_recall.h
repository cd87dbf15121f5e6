#pragma once
// Part of assay::extra, which promises no stable API or ABI: see assay/extra/README.md.

/// Recall by a model of the next item: all but its parameters.

#include <assay/extra/neural/sequence_model.h>
#include <assay/strategy.h>

#include <string>

namespace assay::extra {

/// A strategy that is a SequenceModel. A request without a history gets an empty list.
class NextItemRecall : public RecallStrategy, private VectorModel {
 public:
  NextItemRecall(std::string name, const SequenceSettings& settings)
      : model_(std::move(name), settings) {}

  void fit(const TrainingView& data, FitContext& ctx) override { model_.fit(data, ctx); }
  CandidateBatch recall(const RequestBatch& requests, int64_t k,
                        const ServeContext&) const override {
    return model_.recall(requests, k);
  }
  const VectorModel* vectors() const override { return this; }
  void save(Archive& archive) const override { model_.save(archive); }
  void load(const Archive& archive, const LoadContext& ctx) override {
    model_.load(archive, ctx.device);
  }

 private:
  at::Tensor item_vectors() const override { return model_.items(); }
  at::Tensor query_vectors(const RequestBatch& requests, const ServeContext&) const override {
    return model_.query_vectors(requests.history);
  }

  SequenceModel model_;
};

}  // namespace assay::extra
