#pragma once
// For strategies of this tree alone: it is no part of assay::extra.

/// Recall and ranking by an exported model: all but its format.

#include <assay/extra/exported/exported_model.h>
#include <assay/params.h>
#include <assay/strategy.h>

#include <cstdint>
#include <memory>
#include <string>

namespace assay::extra {

struct ExportedParams {
  std::string model;
};
void describe_exported(ParamList<ExportedParams>& p);

/// A strategy over a model file, which is loaded when the strategy is fitted or loaded. The model is
/// no part of what is saved: its hash is, so that another file is noticed.
///
/// An experiment cannot leave the file out. Where nobody gives one, as in `assay check`, a strategy
/// serves nothing that it would need a model for.
class ExportedStrategy {
 public:
  ExportedStrategy(ModelFormat format, ExportedParams params, std::string who, Offer offer);

  /// Null where there is no file.
  const ExportedModel* model() const { return model_.get(); }
  const std::string& who() const { return who_; }
  const std::string& file() const { return params_.model; }

  void open(const at::Device& device);
  void save(Archive& archive) const;
  /// Throws InvalidInput where the file is not the one that was fitted.
  void load(const Archive& archive, const at::Device& device);

  /// What the model takes, of a batch whose size is at least 1.
  /// @param candidates  null for recall
  std::vector<at::Tensor> inputs(const RequestBatch& requests,
                                 const CandidateBatch* candidates) const;

 private:
  ModelFormat format_;
  ExportedParams params_;
  std::string who_;
  Offer offer_;
  std::unique_ptr<ExportedModel> model_;
};

/// Scores of all items by a model with the output `scores float32 [B, N]`, of which N is the number of
/// items that the data know, and any of the inputs
///
///  - user int64 [B]: -1 where anonymous
///  - time_us int64 [B]: of the request, microseconds since 1970 UTC; -1 where the data have no times
///  - history int64 [B, L]: the latest L different items, the newest in the last column, -1 before
///    the first
///  - history_time_us int64 [B, L]: when those were, -1 where there is nothing
///
/// Ids are those of the data set: places of the outside ids in their order. A request whose history is
/// empty and whose user is unknown to training gets an empty list.
class ExportedRecall : public RecallStrategy {
 public:
  ExportedRecall(ModelFormat format, const ExportedParams& params, std::string who);
  void fit(const TrainingView& data, FitContext& ctx) override;
  CandidateBatch recall(const RequestBatch& requests, int64_t k,
                        const ServeContext& ctx) const override;
  void save(Archive& archive) const override;
  void load(const Archive& archive, const LoadContext& ctx) override;

 private:
  ExportedStrategy model_;
  at::Tensor known_;  // bool [U], has an event in training
};

/// New scores of candidates by a model with the output `scores float32 [B, K]`, the inputs of
/// ExportedRecall and
///
///  - item int64 [B, K]: candidates, -1 behind the last
///  - score float32 [B, K]: what they came with, 0 behind the last
class ExportedRank : public RankStrategy {
 public:
  ExportedRank(ModelFormat format, const ExportedParams& params, std::string who);
  void fit(const TrainingView& data, LabelledCandidates& candidates, FitContext& ctx) override;
  CandidateBatch rank(const RequestBatch& requests, const CandidateBatch& candidates,
                      const ServeContext& ctx) const override;
  void save(Archive& archive) const override { model_.save(archive); }
  void load(const Archive& archive, const LoadContext& ctx) override {
    model_.load(archive, ctx.device);
  }

 private:
  ExportedStrategy model_;
};

}  // namespace assay::extra
