#pragma once

#include <assay/strategy.h>

#include <functional>
#include <optional>
#include <vector>

#include "dataset/cut_lists.h"
#include "pipeline/stage_failure.h"
#include "pipeline/strategies.h"

namespace assay::pipeline {

/// What one batch of requests became at every step.
struct ServedBatch {
  int64_t batch = 0;  ///< counted from the first request of the window
  int64_t first_request = 0;
  int64_t requests = 0;  ///< real ones; the tensors have further rows of padding behind them
  RequestBatch request_batch;
  std::vector<std::optional<CandidateBatch>> lists;  ///< one a node; none where it failed
  /// int64 [B]: items that histories are without (pipeline/left_out.h); undefined: they are whole
  at::Tensor left_out = {};

  /// The first `requests` rows of a node's list.
  CandidateBatch list(int64_t node) const;
};

/// Told when each step starts and stops, to time the stages one by one.
class StageClock {
 public:
  virtual ~StageClock() = default;
  virtual void start(int64_t node) = 0;
  virtual void stop(int64_t node) = 0;
  /// What a step that has started may still take, in milliseconds; -1: as long as it likes.
  virtual double remaining_ms(int64_t node) const;
};

/// Batches of requests through the steps that several variants share: each step runs once a batch.
///
/// A recall step with a parent, which is a source of candidates, answers for it what it does not know
/// (`unknown` of the source): its list is the parent's, and where that is empty its own strategy's.
///
/// A step that fails (it throws, or breaks the contract) takes the steps below it with it; the
/// others go on.
class ServingGraph {
 public:
  struct Options {
    int64_t batch_size = 1024;
    bool check_contract = true;  ///< off in the timing pass
    StageClock* clock = nullptr;
  };

  /// Loads every strategy; a step whose strategy cannot be made or loaded has failed from the
  /// start. Throws UserError where imported lists are no longer in the cache.
  ServingGraph(std::vector<task::ServeNode> nodes, StrategyStore& store, const Options& options);

  /// Requests `first .. first + count` of a window in batches that start at multiples of the batch
  /// size.
  void run_window(task::Window window, int64_t first, int64_t count,
                  const std::function<void(const ServedBatch&)>& sink);

  /// One batch as it stands through all living steps.
  ServedBatch serve_batch(RequestBatch requests, int64_t real_requests, int64_t batch,
                          task::Window window);

  /// What living steps make of requests whose histories lack an item. A step that fails has no list,
  /// nor have those below it; all go on serving.
  /// @param left_out  int64 [B], -1: the history is whole
  std::vector<std::optional<CandidateBatch>> lists_without(RequestBatch requests,
                                                           const at::Tensor& left_out,
                                                           task::Window window) const;

  /// Why the strategy of a node scored candidates of requests of `window` as it did: of recall some of its own list, of
  /// rank and rerank the list that it was given. None where the node has no strategy, or one that
  /// cannot say. Throws StageFailure; the node goes on serving.
  std::optional<Explanation> explain(int64_t node, task::Window window,
                                     const RequestBatch& requests,
                                     const CandidateBatch& candidates) const;

  /// float32 [B, K]: with which probability a node shows each of choices() first, as its strategy says
  /// (Strategy::action_probability). None where the node has no strategy or asks another one for some
  /// requests, and where the strategy cannot say. Throws StageFailure; the node goes on serving.
  std::optional<at::Tensor> action_probability(int64_t node, task::Window window,
                                               const ServedBatch& batch) const;
  /// What a node chooses from in a batch: what a rank or rerank step is given, of any other its own
  /// list.
  const CandidateBatch& choices(int64_t node, const ServedBatch& batch) const;

  /// One a node; set where the node itself failed (not where one above it did).
  const std::vector<std::optional<StageFailure>>& failures() const { return failures_; }
  /// The failure of this node, or of the nearest failed one above it.
  const StageFailure* failure_above(int64_t node) const;
  const std::vector<task::ServeNode>& nodes() const { return nodes_; }
  /// false for merges and imported lists, and where it could not be loaded.
  bool has_strategy(int64_t node) const { return stages_[node].strategy != nullptr; }
  const DataView& data() const { return store_.data(); }
  /// From now on `clock` is told of every step; null: nobody is.
  void set_clock(StageClock* clock) { options_.clock = clock; }

 private:
  void load(int64_t node);
  std::optional<CandidateBatch> run_node(int64_t node, const ServedBatch& batch,
                                         task::Window window);
  CandidateBatch compute(int64_t node, const ServedBatch& batch, task::Window window) const;
  CandidateBatch call_strategy(int64_t node, const ServedBatch& batch, task::Window window) const;
  /// A list as the strategy of a node is given it.
  CandidateBatch given(int64_t node, const RequestBatch& requests,
                       const CandidateBatch& list) const;
  CandidateBatch recall(const RecallStrategy& strategy, const RequestBatch& requests, int64_t k,
                        const ServeContext& ctx) const;
  CandidateBatch answered(const RecallStrategy& strategy, int64_t node, const ServedBatch& batch,
                          const RequestBatch& requests, const ServeContext& ctx) const;
  CandidateBatch merge(int64_t node, const ServedBatch& batch) const;
  CandidateBatch lists(int64_t node, const ServedBatch& batch, task::Window window) const;
  ServeContext context(int64_t node) const;

  std::vector<task::ServeNode> nodes_;
  StrategyStore& store_;
  Options options_;
  std::vector<LoadedStage> stages_;
  std::vector<dataset::CutLists> lists_;  // of imported lists; empty for other nodes
  std::vector<std::optional<StageFailure>> failures_;
};

}  // namespace assay::pipeline
