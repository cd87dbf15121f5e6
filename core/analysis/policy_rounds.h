#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "analysis/run_samples.h"
#include "ope/logged.h"
#include "results/policy_rows.h"

namespace assay::analysis {

/// What the policy of a variant does with the logged rows of a data set, all shards and folds one
/// after the other. Of several seeds the policy is that of a seed drawn at random: probabilities are
/// their mean. One shard of each seed is in memory at a time, and the users of the requests.
class PolicyRounds {
 public:
  /// Reads them once. `samples` and `group` outlive this.
  /// @param policy  JSON, as the database has it
  PolicyRounds(const RunSamples& samples, const TrialGroup& group, std::string policy);

  /// Why there is nothing; else empty.
  const std::string& problem() const { return problem_; }
  int64_t rows() const { return rows_; }
  /// Every reward is 0 or 1.
  bool rewards_are_flags() const { return flags_; }
  /// Whether some row's item is shown with a probability between 0 and 1.
  bool draws() const { return draws_; }

  /// Whether rows have weights of embeddings.
  bool has_embeddings() const { return has_embeddings_; }

  /// A source of core/ope: all rounds in order, a shard at a time. Rows of one user, or of one request
  /// of nobody, have one cluster.
  void each(const std::function<void(const ope::Rounds&)>& take) const;

 private:
  void find_shards();
  void look();
  /// Of all seeds together.
  results::PolicyInput shard(size_t fold, size_t place) const;
  ope::Rounds rounds_of(const results::PolicyInput& input) const;

  const RunSamples& samples_;
  const TrialGroup& group_;
  std::string policy_, problem_;
  std::vector<std::vector<std::vector<int64_t>>> shards_;  // ids, [seed][fold][place]
  int64_t rows_ = 0;
  bool flags_ = true, draws_ = false, has_embeddings_ = false;
  bool has_model_ = true;  // the reward model knows something of every row
};

}  // namespace assay::analysis
