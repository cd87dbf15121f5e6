#pragma once

#include <span>
#include <utility>
#include <vector>

#include "pipeline/serving.h"
#include "task/task.h"
#include "worker/logged_pool.h"

namespace assay::worker {

/// The nodes of a task that are the models of a reward model's folds, and those of serving before
/// them.
struct PolicyNodes {
  explicit PolicyNodes(const std::vector<task::ServeNode>& nodes);
  std::vector<task::ServeNode> serving, reward;
};

/// q(x, a) of a rank strategy whose scores are probabilities or their log-odds, cross-fitted (Chernozhukov et al. 2018,
/// "Double/debiased machine learning") on the logged rows of a window: what is said of a request comes
/// from a model that learnt from the rows of the other folds. A model that is not in the cache is
/// fitted and kept there.
class RewardModel {
 public:
  /// @param folds  a node each; at least two
  /// @param logit  scores are log-odds
  /// @param learn  windows whose events the strategy sees beside the rows
  /// Store and table outlive this. Throws StageFailure where a fit fails, UserError where rewards are values.
  RewardModel(std::vector<task::ServeNode> folds, bool logit,
              const std::vector<task::Window>& learn, pipeline::StrategyStore& store,
              const dataset::Impressions& table, task::Window window);

  /// By item, ascending.
  using Rewards = std::vector<std::pair<int64_t, double>>;
  /// Of the first requests of a batch.
  /// @param items  of each request, ascending, each once
  /// Throws StageFailure where the strategy fails, or gives no probability.
  std::vector<Rewards> predict(const pipeline::ServedBatch& batch,
                               const std::vector<std::vector<int64_t>>& items) const;

 private:
  void fit(const task::FittedStage& fitted, int fold, const std::vector<task::Window>& learn);
  void predict_fold(int fold, const pipeline::ServedBatch& batch,
                    const std::vector<std::vector<int64_t>>& items,
                    std::vector<Rewards>& out) const;
  /// Of pairs: a row of the batch and an item each.
  std::vector<float> score(int fold, const pipeline::ServedBatch& batch,
                           std::span<const int64_t> rows, std::span<const int64_t> items) const;
  CandidateBatch rank(int fold, const RequestBatch& requests,
                      const CandidateBatch& candidates) const;

  std::vector<task::ServeNode> folds_;
  bool logit_;
  pipeline::StrategyStore& store_;
  const dataset::Impressions& table_;
  task::Window window_;
  std::span<const int64_t> places_;
  std::vector<pipeline::LoadedStage> models_;
};

/// Of an item; InternalError where it was not asked for.
double reward_of(const RewardModel::Rewards& rewards, int64_t item);

}  // namespace assay::worker
