#pragma once
// Part of assay::extra, which promises no stable API or ABI: see assay/extra/README.md.

/// Everything that a ranker may know, as feature tables of users, items, requests and candidates.

#include <ATen/core/Tensor.h>
#include <assay/batch.h>
#include <assay/context.h>
#include <assay/extra/features/candidate_examples.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace assay::extra {

struct RankerKnowledge {
  bool user_id = true;
  bool item_id = true;
  bool user_features = true;
  bool item_features = true;
  bool statistics =
      true;  ///< what retrieval says of a candidate (candidate_inputs), how popular it
             ///< is, how long the history is
  int64_t affinity_categories = 100;  ///< item features of at most so many categories
  Repeats repeats = Repeats::once;    ///< of items in a history
};

/// Candidates with labels, and a table of what is known of them beyond user, item and request.
struct RankerExamples : CandidateExamples {
  FeatureTable candidates;  ///< one row an example
};

/// Tables of one set of columns while learning and while serving, on the CPU.
class RankerTables {
 public:
  explicit RankerTables(const RankerKnowledge& knowledge) : knowledge_(knowledge) {}

  /// Counts, and walks the candidates as candidate_examples does.
  /// @param seen  called with the requests of each batch of the walk, in its order
  RankerExamples learn(const TrainingView& data, LabelledCandidates& candidates,
                       const ExampleOutcomes& outcomes, const Features& features,
                       const std::function<void(const RequestBatch&)>& seen = {});

  int64_t user_count() const { return user_count_; }
  FeatureTable users(const Features& features) const;
  FeatureTable items(const Features& features) const;
  FeatureTable requests(const RequestBatch& requests) const;
  /// B * K rows.
  FeatureTable candidates(const RequestBatch& requests, const CandidateBatch& candidates,
                          const Features& features) const;

  /// Under names that begin with `known.`.
  void save(Archive& archive) const;
  void load(const Archive& archive);

 private:
  std::vector<CandidateInput> inputs(const RequestBatch& requests, const CandidateBatch& candidates,
                                     const Features& features) const;

  RankerKnowledge knowledge_;
  int64_t user_count_ = 0;
  std::vector<std::string> sources_;
  at::Tensor popularity_;  // float32 [N], log(1 + users), each with its weight
};

}  // namespace assay::extra
