#pragma once
// Part of assay::extra, which promises no stable API or ABI: see assay/extra/README.md.

/// How a network over fields learns from labelled candidates.

#include <assay/context.h>
#include <assay/extra/fields/field_model.h>
#include <assay/extra/fields/field_table.h>
#include <assay/extra/fits/epoch_loop.h>
#include <assay/extra/neural/fused_adamw.h>

#include <cstdint>
#include <span>
#include <vector>

namespace assay::extra {

/// How many of the candidates whose label for a target is known are positive.
struct LabelCounts {
  double all = 0, positives = 0;

  LabelCounts(const FieldExamples& examples, int64_t target);
  /// Log-odds of a positive, finite also where all are alike.
  double prior() const;
  bool are_mixed() const { return positives > 0 && positives < all; }
  /// The share of negatives that an epoch learns from.
  /// @param negatives  for each positive; 0: all
  double share_of_negatives(double negatives) const;
};

/// Of the examples in an epoch; 1 where there are several targets, of which one is positive where another
/// is not.
double share_of_negatives(const FieldParams& params, const FieldExamples& examples);

/// The log loss of the labels of all targets, and of what a teacher says (field_loss.h), over a table of
/// vectors and a network: row-wise Adam for the rows that a step touches,
/// AdamW for dense layers. A row that no candidate has is 0 when it serves.
class FieldTrainer : public EpochModel {
 public:
  /// First weights.
  /// @param examples  of one target at least one of each label; must live as long as this, as must
  ///                  `model`
  FieldTrainer(const FieldParams& params, const FieldExamples& examples, FieldModel& model,
               at::Generator generator);

  double learn_epoch(int64_t epoch, FitContext& ctx) override;
  /// Makes the model serve what was learnt.
  void serve() override;
  NamedTensors weights() const override;
  void keep_optimisers(Archive& archive) const override;
  void restore_optimisers(const Archive& archive) override;

 private:
  void mark_learnt();
  std::vector<int64_t> order_of(int64_t epoch) const;
  NetworkReduction reduction_in(int64_t epoch) const;
  double learn(std::span<const int64_t> which, const NetworkReduction& reduction, Dropout& dropout);

  FieldParams params_;
  const FieldExamples& examples_;
  FieldModel& model_;
  uint64_t seed_;
  double keep_;  // the share of negatives that an epoch learns from: 1 of several targets
  FieldTable table_;
  Parameters layers_;  // the constants of the targets first
  FusedAdamW layer_adam_;
  std::vector<bool> learnt_;  // [rows of the table]
};

}  // namespace assay::extra
