#pragma once

#include <optional>
#include <span>
#include <string>

#include "dataset/impressions.h"
#include "pipeline/serving.h"
#include "results/policy_rows.h"
#include "task/policy.h"
#include "task/task.h"
#include "worker/item_means.h"
#include "worker/policy_actions.h"
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
  std::optional<WorldTruth> world;  ///< of a simulated log
};

/// What the policy of one trial does with the logged rows of a shard.
class PolicyRows {
 public:
  PolicyRows(const task::PolicySpec& policy, const task::TrialTask& trial,
             const pipeline::ServingGraph& graph, const LoggedTruth& logged, task::Window window);

  /// Throws StageFailure: the strategy gives no probabilities, or wrong ones; the log shows an item
  /// that it says could not be shown.
  void add(const pipeline::ServedBatch& batch);

  const results::PolicyInput& input() const { return input_; }

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
  /// Over what the policy shows in a request.
  struct Expected {
    double reward = 0;
    double unsupported = 0;  ///< probability of items that the log never shows
  };
  Expected expected_of(const Actions& actions, const Servable& servable, int fold) const;
  void add_request(const Actions& actions, const Servable& servable, int64_t request);
  [[noreturn]] void fail(task::FailureKind kind, const std::string& reason, int64_t batch) const;

  task::PolicySpec policy_;
  const pipeline::ServingGraph& graph_;
  const LoggedTruth& logged_;
  task::Window window_;
  int64_t node_;  // whose list the policy chooses from
  results::PolicyInput input_;
};

}  // namespace assay::worker
