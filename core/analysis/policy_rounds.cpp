#include "analysis/policy_rounds.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "error/error.h"
#include "results/policy_table.h"
#include "task/policy_work.h"

namespace assay::analysis {
namespace {

constexpr char kFailures[] =
    "SELECT reason FROM failure WHERE trial_key = ? AND task = ? ORDER BY failure_id DESC";

std::string reason_of(const RunSamples& samples, const std::string& trial_key,
                      const std::string& policy) {
  const std::array<results::Cell, 2> key{trial_key, std::string(task::kPolicyWork) + policy};
  const results::QueryAnswer found = samples.reader().query(kFailures, key);
  if (!found.rows.empty()) return std::get<std::string>(found.rows.front().front());
  return "it was not asked what it does with the logged rows: run the experiment again";
}

void add(const std::vector<float>& from, std::vector<float>& to) {
  for (size_t i = 0; i < to.size(); ++i) to[i] += from[i];
}

/// Columns that a policy decides, and with it the seed.
template <typename Do>
void each_own_column(results::PolicyInput& input, Do&& what) {
  what(input.probability);
  what(input.expected);
  what(input.unsupported);
  what(input.marginal);
  what(input.balanced);
  what(input.mrdr_expected);
}

/// What a model of the policy predicts counts by the probability that the policy gives to the item:
/// the mean over seeds of w (r - q) is w (r - q) of means then, which keeps doubly robust estimates
/// unbiased.
void weigh_predictions(results::PolicyInput& input) {
  for (size_t i = 0; i < input.mrdr_predicted.size(); ++i)
    input.mrdr_predicted[i] *= input.probability[i];
}

void unweigh_predictions(results::PolicyInput& input) {
  for (size_t i = 0; i < input.mrdr_predicted.size(); ++i)
    if (input.probability[i] > 0) input.mrdr_predicted[i] /= input.probability[i];
}

void add_seed(results::PolicyInput& seed, results::PolicyInput& sum) {
  error::require(seed.reward == sum.reward && seed.propensity == sum.propensity,
                 "the trials of a variant are asked about the same logged rows");
  std::vector<std::vector<float>*> columns;
  each_own_column(sum, [&](std::vector<float>& column) { columns.push_back(&column); });
  size_t place = 0;
  each_own_column(seed, [&](std::vector<float>& column) { add(column, *columns[place++]); });
}

/// Numbers of users and of requests of nobody. A row that is the only one of nobody's request stands
/// alone, which costs no memory.
class Clusters {
 public:
  void begin_fold(std::vector<int32_t> users) {
    used_ += known_ + static_cast<int32_t>(users_.size());
    users_ = std::move(users);
    known_ = users_.empty() ? 0 : std::max(std::ranges::max(users_) + 1, 0);
  }

  std::vector<int32_t> of(const std::vector<int32_t>& requests) const {
    std::vector<int32_t> out(requests.size(), -1);
    for (size_t i = 0; i < out.size(); ++i) {
      const int32_t request = requests[i], user = users_.at(static_cast<size_t>(request));
      const bool shared = (i > 0 && requests[i - 1] == request) ||
                          (i + 1 < out.size() && requests[i + 1] == request);
      if (user >= 0) out[i] = used_ + user;
      if (user < 0 && shared) out[i] = used_ + known_ + request;
    }
    return out;
  }

 private:
  std::vector<int32_t> users_;  // of each request, -1 nobody
  int32_t used_ = 0, known_ = 0;
};

}  // namespace

PolicyRounds::PolicyRounds(const RunSamples& samples, const TrialGroup& group, std::string policy)
    : samples_(samples), group_(group), policy_(std::move(policy)) {
  if (!group.complete) {
    problem_ = "not all of its trials are done";
    return;
  }
  find_shards();
  if (problem_.empty()) look();
  if (problem_.empty() && rows_ == 0) problem_ = "no logged row shows an item and has a reward";
}

void PolicyRounds::find_shards() {
  for (const SeedTrials& seed : group_.seeds) {
    auto& folds = shards_.emplace_back();
    for (const std::string& key : seed.trial_keys) {
      folds.push_back(results::policy_shards(samples_.reader(), key, policy_));
      if (!folds.back().empty()) continue;
      problem_ = reason_of(samples_, key, policy_);
      return;
    }
  }
  for (const auto& folds : shards_)
    for (size_t fold = 0; fold < folds.size(); ++fold)
      error::require(folds[fold].size() == shards_[0][fold].size(),
                     "the trials of a variant are asked in the same shards");
}

void PolicyRounds::look() {
  for (size_t fold = 0; fold < shards_[0].size(); ++fold) {
    for (size_t place = 0; place < shards_[0][fold].size(); ++place) {
      const results::PolicyInput input = shard(fold, place);
      rows_ += std::ssize(input.reward);
      flags_ = flags_ && std::ranges::all_of(
                             input.reward, [](float reward) { return reward == 0 || reward == 1; });
      has_model_ = has_model_ &&
                   std::ranges::none_of(input.predicted, [](float q) { return std::isnan(q); });
      has_embeddings_ = has_embeddings_ || !input.marginal.empty();
      draws_ = draws_ ||
               std::ranges::any_of(input.probability, [](float pi) { return pi > 0 && pi < 1; });
    }
  }
}

results::PolicyInput PolicyRounds::shard(size_t fold, size_t place) const {
  results::PolicyInput sum;
  for (size_t seed = 0; seed < shards_.size(); ++seed) {
    results::PolicyInput one =
        results::policy_input(samples_.reader(), group_.seeds[seed].trial_keys[fold], policy_,
                              shards_[seed][fold][place]);
    if (shards_.size() == 1) return one;
    weigh_predictions(one);
    if (seed == 0) {
      sum = std::move(one);
      continue;
    }
    add_seed(one, sum);
    add(one.mrdr_predicted, sum.mrdr_predicted);
  }
  unweigh_predictions(sum);
  const auto seeds = static_cast<float>(shards_.size());
  each_own_column(sum, [&](std::vector<float>& column) {
    for (float& value : column) value /= seeds;
  });
  return sum;
}

ope::Rounds PolicyRounds::rounds_of(const results::PolicyInput& input) const {
  ope::Rounds rounds;
  rounds.reward = input.reward;
  rounds.propensity = input.propensity;
  rounds.policy = input.probability;
  if (has_model_) {
    rounds.q = input.predicted;
    rounds.value = input.expected;
  }
  rounds.mrdr_q = input.mrdr_predicted;
  rounds.mrdr_value = input.mrdr_expected;
  rounds.marginal_weight = input.marginal;
  rounds.balanced_weight = input.balanced;
  rounds.outside_support = input.unsupported;
  return rounds;
}

void PolicyRounds::each(const std::function<void(const ope::Rounds&)>& take) const {
  Clusters clusters;
  int64_t row = 1;
  for (size_t fold = 0; fold < shards_[0].size(); ++fold) {
    clusters.begin_fold(samples_.reader().request_users(group_.request_sets[fold]).users);
    for (size_t place = 0; place < shards_[0][fold].size(); ++place) {
      const results::PolicyInput input = shard(fold, place);
      const std::vector<int32_t> cluster = clusters.of(input.requests);
      ope::Rounds rounds = rounds_of(input);
      rounds.cluster = cluster;
      rounds.first_row = row;
      row += std::ssize(input.reward);
      take(rounds);
    }
  }
}

}  // namespace assay::analysis
