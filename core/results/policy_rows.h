#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// Policies on logged requests: what a worker tells of them, and what is estimated from it.
namespace assay::results {

/// What a policy does with the logged rows of a shard that show an item and have a reward: N rows, by
/// request, those of a request in the order of the log.
struct PolicyInput {
  std::string policy;              ///< JSON (task/policy.h)
  std::vector<int32_t> requests;   ///< [N], places in the request set, ascending
  std::vector<float> propensity;   ///< [N], with which the log showed the row
  std::vector<float> reward;       ///< [N], its first label
  std::vector<float> probability;  ///< [N], with which the policy shows its item first
  std::vector<float> predicted;    ///< [N], reward of the row's item by the reward model
  std::vector<float> expected;     ///< [N], the same over what the policy shows in that request
  std::vector<float> unsupported;  ///< [N], probability of items that the log never shows
  /// [N], pi(e|x) / mu(e|x) of the embedding of the row's item (Saito and Joachims 2022); empty where
  /// none was asked for
  std::vector<float> marginal;
  /// [N], of models that depend on the policy; each empty where it was not asked for: odds of a
  /// classifier (balanced_ips), and predicted and expected of the model of mrdr.
  std::vector<float> balanced, mrdr_predicted, mrdr_expected;
  int64_t unlabelled = 0;  ///< further rows without a reward
  int64_t unserved = 0;    ///< requests in which the policy shows nothing
  /// Sum of what the policy really earns on the rows in expectation; simulated logs only.
  std::optional<double> true_sum;
};

/// What a policy really earns in expectation, by a simulated world.
struct PolicyTruth {
  int64_t rows = 0;
  double sum = 0;  ///< over the rows
};

/// The policy of a variant, in a run.
struct VariantPolicyRow {
  int64_t run_id = 0;
  std::string variant;
  std::string policy;  ///< JSON
};

/// What a variant would have earned a row, by one estimator. Key: run, variant, dataset, fold,
/// estimator. Without a value there is a reason.
struct PolicyValueRow {
  int64_t run_id = 0;
  std::string variant, dataset, fold = "all";
  std::string estimator;  ///< `ips`, `dr`, ...; `on_policy` is what the log itself earned
  int position = 0;       ///< in which they are shown
  std::optional<double> value, standard_error, ci_low, ci_high;
  std::string interval;  ///< the method of the interval; empty without one
  /// JSON of all intervals there are: {"normal": [low, high], "bootstrap": .., "bernstein": ..,
  /// "sequence": ..}; empty: none.
  std::string intervals;
  std::string parameters;  ///< JSON of what was chosen: {"lambda": 0.01}; empty: none
  int64_t rows = 0;        ///< logged rows behind it
  /// Effective sample size (Kish 1965), largest and mean weight; none of the log itself.
  std::optional<double> effective_rows, largest_weight, mean_weight;
  std::optional<double> outside_support;  ///< share of the policy on items that the log never shows
  std::string reason;
  std::string note;  ///< what a reader must know of the value; else empty
  /// Of `on_policy`: how the policy lies over the log, JSON. {"none": rounds with weight 0, "log2":
  /// k, "counts": [...]}: counts[i] rounds have 2^(k + i) <= weight < 2^(k + i + 1). Else empty.
  std::string overlap;
};

}  // namespace assay::results
