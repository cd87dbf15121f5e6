#pragma once

/// How policies are judged on logged rows: `off_policy` of an experiment. Part of no trial's key: what
/// is served does not depend on it.

#include <cstdint>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "task/experiment.h"

namespace assay::task {

/// The reward model q(x, a): a rank strategy, cross-fitted on the logged rows.
struct RewardModelSpec {
  StageSpec stage;
  /// Requests are dealt out by user; what is said of a request comes from a model of the others.
  int64_t folds = 3;
  /// Scores are the log-odds of a reward, 1 / (1 + exp(-score)) its probability; else they are
  /// probabilities.
  bool logit = false;
};

struct OffPolicySpec {
  std::shared_ptr<const RewardModelSpec> reward;  ///< null: the mean reward of the item
  std::vector<std::string> estimators;            ///< of core/ope, in their order; empty: all
  /// Clips, thresholds and lambdas by estimator; SLOPE chooses those that are not given.
  std::map<std::string, double> parameters;
  std::vector<std::string> embeddings;  ///< item features whose values together are e of mips
};

void to_json(nlohmann::json& out, const OffPolicySpec& value);
void from_json(const nlohmann::json& in, OffPolicySpec& value);

/// What a worker is told of a policy, and what names its rows in a results file: policy_text(), with
/// the reward model and the embeddings where there are any. Estimators are not in it: they ask the log
/// nothing.
std::string asked_text(const PolicySpec& policy, const OffPolicySpec* off_policy);
/// Those of the estimators whose models depend on the policy that is judged, for which a worker is
/// asked by name: "balanced_ips", "mrdr".
std::vector<std::string> policy_models(const OffPolicySpec& spec);
/// Of such a text.
std::vector<std::string> models_of_text(std::string_view asked);
/// EvaluateTask::work of a task that asks it.
std::string asked_work(const PolicySpec& policy, const OffPolicySpec* off_policy);
/// Embeddings of such a work.
std::vector<std::string> embeddings_of_work(std::string_view work);
/// Whether the scores of the reward model of such a work are log-odds.
bool reward_is_logit(std::string_view work);
/// "logistic_regression, cross-fitted in 3 folds" of such a text; "the mean of an item".
std::string reward_words(const std::string& asked);

/// Where the models of the folds stand among EvaluateTask::nodes: behind all others, one a fold,
/// without parents. They are no step of serving.
inline constexpr std::string_view kRewardPlace = "off_policy.reward";

}  // namespace assay::task
