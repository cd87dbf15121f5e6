#pragma once

#include <ATen/core/Tensor.h>
#include <assay/batch.h>
#include <assay/context.h>
#include <assay/extra/features/candidate_inputs.h>
#include <assay/extra/features/feature_columns.h>
#include <assay/extra/features/standard_scale.h>
#include <assay/strategy.h>

#include <cstdint>
#include <string>
#include <vector>

#include "log_loss.h"

namespace assay::logistic_regression {

/// A linear function of everything that is known of a candidate: what is known of it in its request
/// (candidate_inputs), of the request (length of the history, context features), of the user, of the
/// item (popularity, features), and the features that it comes with. Numbers are standardised; what is missing counts as the mean,
/// with a column of its own that says so.
class LinearCandidateModel {
 public:
  struct Settings {
    bool item_features = true;
    bool user_features = true;
    int64_t affinity_categories =
        100;                    ///< item features of at most so many categories give an affinity
    int64_t hash_above = 1000;  ///< see FeatureColumns
    Repeats repeats = Repeats::once;  ///< of items in a history
  };
  explicit LinearCandidateModel(const Settings& settings) : settings_(settings) {}

  /// Learns how to encode, and encodes all candidates whose label for `target` is known and whose
  /// weight is not 0. `features` must be those that serving sees.
  LinearExamples encode(const TrainingView& data, LabelledCandidates& candidates, int64_t target,
                        const Features& features);

  /// The weights to serve with, float64 [layout.size()].
  void set_weights(const at::Tensor& weights, const Features& features);

  /// float64 [B, K]: the value of the function; anything at padding. A candidate's value does not
  /// depend on its batch.
  at::Tensor values(const RequestBatch& requests, const CandidateBatch& candidates,
                    const Features& features) const;

  /// Terms that add up to values(), base the intercept; ids are places in inputs().
  Explanation explain(const RequestBatch& requests, const CandidateBatch& candidates,
                      const Features& features) const;

  /// What the terms of explain() are called.
  std::vector<std::string> inputs() const;

  void save(Archive& archive) const;
  void load(const Archive& archive, const Features& features, const at::Device& device);

 private:
  std::vector<extra::CandidateInput> inputs_of(const RequestBatch& requests,
                                               const CandidateBatch& candidates,
                                               const Features& features) const;
  FeatureTable request_table(const RequestBatch& requests) const;
  FeatureTable user_table(const Features& features) const;
  FeatureTable item_table(const Features& features) const;
  extra::SparseColumns user_matrix(const Features& features) const;
  at::Tensor user_row(const at::Tensor& user) const;

  Settings settings_;
  LinearLayout layout_;
  std::vector<std::string> sources_;
  at::Tensor popularity_;  // float32 [N], log(1 + users), each with its weight
  int64_t users_ = 0;      // U; row U of the users stands for anonymous ones
  std::vector<std::string> candidate_names_;
  extra::StandardScale scale_;  // of the candidate inputs
  extra::FeatureColumns request_columns_, user_columns_, item_columns_, given_columns_;
  at::Tensor weights_;     // float64 [layout.size()]
  at::Tensor user_value_;  // float64 [U + 1], what the users' features add
  at::Tensor item_value_;  // float64 [N]
};

}  // namespace assay::logistic_regression
