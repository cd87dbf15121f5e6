#pragma once
// Part of assay::extra, which promises no stable API or ABI: see assay/extra/README.md.

/// Rankers by a network over embedded fields: all but the network.

#include <assay/abi.h>
#include <assay/extra/features/candidate_examples.h>
#include <assay/extra/fields/field_model.h>
#include <assay/extra/fields/field_network.h>
#include <assay/extra/fields/field_params.h>
#include <assay/strategy.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace assay::extra {

/// Those of every FieldRanker.
inline Traits field_traits() {
  return {.draws_in_fit = true,
          .scores = Traits::Scores::probability,
          .validates = true,
          .learns_from_candidates = true,
          .cpu_only = true};
}

/// The probability of a positive, by a network over the vectors of the fields of user, item, request
/// and candidate, learnt from labelled candidates with the log loss (field_trainer.h). It works on the
/// CPU (trait `cpu_only`).
///
/// A vector that no candidate of training had, such as that of an item that it did not hold, is 0 when
/// it serves. Where all labels are equal nothing is learnt, and the order of the candidates is kept.
class FieldRanker : public RankStrategy {
 public:
  void fit(const TrainingView& data, LabelledCandidates& candidates, FitContext& ctx) override;
  CandidateBatch rank(const RequestBatch& requests, const CandidateBatch& candidates,
                      const ServeContext& ctx) const override;
  /// What each field adds to the log-odds, as far as the network is a sum (FieldNetwork::terms).
  std::optional<Explanation> explain(const RequestBatch& requests, const CandidateBatch& candidates,
                                     const ServeContext& ctx) const override;
  void save(Archive& archive) const override;
  void load(const Archive& archive, const LoadContext& ctx) override;

 protected:
  /// @param who  the strategy, for messages
  FieldRanker(std::string who, const FieldParams& params,
              std::unique_ptr<const FieldNetwork> network);
  /// Places in candidates.targets() of what is learnt: that of `target`, where not overridden. Throws
  /// InvalidInput for a name that the data do not have.
  virtual std::vector<int64_t> targets(const LabelledCandidates& candidates) const;

 private:
  ExampleOutcomes outcomes(const LabelledCandidates& candidates, const FitContext& ctx) const;
  void expect_fields() const;
  void count_labels(const FieldExamples& examples, const std::vector<std::string>& names,
                    FitContext& ctx);
  void learn(FieldExamples& examples, FitContext& ctx);
  double constant_score() const;

  std::string who_;
  FieldParams params_;
  FieldModel model_;
  bool learns_ = false;        // false where all labels of each target are alike
  std::vector<double> prior_;  // log-odds of all labels of each target
};

}  // namespace assay::extra
