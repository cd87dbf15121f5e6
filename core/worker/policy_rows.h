#pragma once

#include <optional>
#include <span>
#include <string>

#include "dataset/impressions.h"
#include "pipeline/serving.h"
#include "results/policy_rows.h"
#include "task/policy.h"
#include "task/task.h"
#include "worker/balance_weights.h"
#include "worker/embedding_weights.h"
#include "worker/item_means.h"
#include "worker/mrdr_means.h"
#include "worker/policy_actions.h"
#include "worker/reward_model.h"
#include "worker/world_truth.h"

namespace assay::worker {

/// What logged rows say that the policies of a task are held against.
struct LoggedTruth {
  /// Of the data set's logged rows, with the requests of the window. Throws UserError where the log
  /// has no propensities.
  LoggedTruth(const pipeline::DataView& data, task::Window window);

  dataset::Impressions table;
  std::span<const int64_t> places;  ///< of the requests in the table
  int64_t items;
  ItemMeans means;
  std::optional<WorldTruth> world;             ///< of a simulated log
  std::optional<RewardModel> reward;           ///< none: the means are it
  std::optional<EmbeddingWeights> embeddings;  ///< none: no weights of them are told
};

/// Items that a reward model scores to tell what the floor of a policy earns in a request: all that may
/// be served up to so many, else so many drawn ones (by the request, with replacement), which leaves
/// doubly robust estimates unbiased.
inline constexpr int64_t kFloorItems = 200;

/// What the policy of one trial does with the logged rows of a shard.
class PolicyRows {
 public:
  /// @param text  of what is asked (task/off_policy_spec.h)
  PolicyRows(const task::PolicySpec& policy, const std::string& text, const task::TrialTask& trial,
             const pipeline::ServingGraph& graph, const LoggedTruth& logged, task::Window window);

  /// Throws StageFailure: the strategy gives no probabilities, or wrong ones; the log shows an item
  /// that it says could not be shown.
  void add(const pipeline::ServedBatch& batch);

  /// Once all batches were added.
  results::PolicyInput finish();

 private:
  /// The list that the policy chooses from, with its probabilities where its stage tells them; on the
  /// CPU.
  struct Choices {
    at::Tensor item, score;
    std::optional<at::Tensor> probability;
  };
  Choices choices(const pipeline::ServedBatch& batch) const;
  at::Tensor told_probability(const pipeline::ServedBatch& batch, const at::Tensor& item) const;
  Actions actions(const Choices& choices, int64_t row, const Servable& servable) const;
  /// One request of a batch, and what it takes of the reward model.
  struct Asked {
    Actions actions;
    Servable servable;
    std::vector<int64_t> floor = {};  ///< items that stand for all that may be served
    std::vector<int64_t> items =
        {};  ///< ascending, each once: these, the listed and the logged ones
    RewardModel::Rewards rewards = {};
  };
  void ask_rewards(const pipeline::ServedBatch& batch, std::vector<Asked>& asked) const;
  void add_items(int64_t request, Asked& asked) const;
  std::vector<int64_t> floor_items(const Servable& servable, int64_t place) const;
  double expected_reward(const Asked& asked, int fold) const;
  double unsupported_share(const Actions& actions, const Servable& servable) const;
  void add_request(const Asked& asked, int64_t request);
  /// Over what the policy shows in a request.
  struct Expected {
    double reward = 0;
    double unsupported = 0;  ///< probability of items that the log never shows
  };
  void add_row(const Asked& asked, const Expected& expected, int64_t request, int64_t row);
  [[noreturn]] void fail(task::FailureKind kind, const std::string& reason, int64_t batch) const;

  task::PolicySpec policy_;
  const pipeline::ServingGraph& graph_;
  const LoggedTruth& logged_;
  task::Window window_;
  int64_t node_;  // whose list the policy chooses from
  std::optional<BalanceWeights> balance_;
  std::optional<MrdrMeans> mrdr_;
  results::PolicyInput input_;
};

}  // namespace assay::worker
