#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analysis/run_samples.h"
#include "results/policy_table.h"

namespace assay::analysis {

/// What the policy of a variant does with the logged rows of a data set, all shards and folds joined:
/// N rows. Of several seeds the policy is that of a seed drawn at random: probabilities are their
/// mean.
struct PolicyColumns {
  std::vector<int32_t> cluster;    ///< [N], rows of one user, or of one request of nobody, have one
  std::vector<float> propensity;   ///< [N], as in results::PolicyInput
  std::vector<float> reward;       ///< [N]
  std::vector<float> probability;  ///< [N]
  std::vector<float> predicted;    ///< [N]
  std::vector<float> expected;     ///< [N]
  std::vector<float> unsupported;  ///< [N]
  int64_t unlabelled = 0;          ///< further rows without a reward
  int64_t unserved = 0;            ///< requests in which the policy shows nothing
  std::string problem;             ///< why there is nothing; else empty

  int64_t rows() const { return static_cast<int64_t>(reward.size()); }
};

/// @param policy  JSON, as the database has it
PolicyColumns policy_columns(const RunSamples& samples, const TrialGroup& group,
                             const std::string& policy);

}  // namespace assay::analysis
