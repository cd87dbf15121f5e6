#pragma once
// Part of assay::extra, which promises no stable API or ABI: see assay/extra/README.md.

/// Labelled candidates as rows that a ranker learns from.

#include <ATen/core/Tensor.h>
#include <assay/batch.h>
#include <assay/extra/features/candidate_inputs.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace assay::extra {

/// Candidates whose outcome is known, as rows for a ranker to learn from. R of them, in the order of
/// the walk.
struct CandidateExamples {
  std::vector<std::string> names;  ///< of the columns of `inputs`
  at::Tensor inputs;               ///< float64 [R, names], NaN where unknown
  at::Tensor request;              ///< int64 [R], row of `requests`
  at::Tensor user;                 ///< int64 [R], -1 where anonymous
  at::Tensor item;                 ///< int64 [R]
  at::Tensor label;                ///< float64 [R, T], NaN where unknown, never in a whole row
  at::Tensor weight;               ///< float64 [R], above 0
  at::Tensor teacher;              ///< float64 [R]; not defined where no teacher was asked
  FeatureTable requests;           ///< one row a request of the walk
  FeatureTable features;           ///< R rows of CandidateBatch::features

  int64_t size() const { return weight.size(0); }
  /// float64 [R], of the first target. Known everywhere where it is the only one.
  at::Tensor first_label() const { return label.select(1, 0); }
};

/// What a ranker makes of a batch.
struct ExampleColumns {
  std::function<std::vector<CandidateInput>(const RequestBatch&, const CandidateBatch&)> inputs;
  std::function<FeatureTable(const RequestBatch&)> request;
};

/// What is learnt of a candidate.
struct ExampleOutcomes {
  std::vector<int64_t> targets = {
      0};  ///< T places in candidates.targets(): target_named, targets_named
  /// float64 [B, K], what another ranker says of the candidates (teacher_scores); empty: nobody is
  /// asked.
  std::function<at::Tensor(const RequestBatch&, const CandidateBatch&)> teacher = {};
};

/// Walks all candidates, and keeps those whose label for one of the targets is known and whose weight
/// is not 0. A walk without a batch gives R = 0, with the columns that a batch would have.
CandidateExamples candidate_examples(LabelledCandidates& candidates,
                                     const ExampleOutcomes& outcomes, const at::Device& device,
                                     const ExampleColumns& columns);

/// The place of a target among candidates.targets(); 0, the ground truth, for an empty name.
/// Throws InvalidInput that lists the known names where it is unknown.
/// @param who  the strategy, for the message
int64_t target_named(const LabelledCandidates& candidates, const std::string& name,
                     const std::string& who);

/// The same for several names; all of candidates.targets() where `names` is empty. Throws
/// InvalidInput also where a name is given twice.
std::vector<int64_t> targets_named(const LabelledCandidates& candidates,
                                   const std::vector<std::string>& names, const std::string& who);

}  // namespace assay::extra
