#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "pipeline/data_view.h"
#include "pipeline/serving.h"
#include "results/explained_rows.h"
#include "results/part_writer.h"
#include "task/task.h"
#include "worker/explained_terms.h"

namespace assay::worker {

/// The sampled requests of a shard (task/request_sample.h) on their way through the stages: the
/// first places of every list, where relevant items stand in it, why strategies scored what was
/// served as they did, and what would be served without an item of the history. Nothing of it enters
/// a value or a key.
class StageSample {
 public:
  /// Items of a history that are left out, the latest ones, each in a list of its own.
  static constexpr size_t kLeftOut = 3;
  static constexpr int64_t kWithoutPlaces = 10;  ///< kept of each such list

  /// How much is kept.
  struct Settings {
    int places = 20;     ///< of each list; 0: all, also of those without an item
    int explained = 10;  ///< served items of a request that are explained
    size_t terms = kMostTerms;
    bool served = false;  ///< whether the served list, which is kept elsewhere, is one of the lists
    int64_t item = -1;    ///< explained beside what is served; -1: none
    int64_t without = -1;  ///< the one item that histories are left without; -1: the latest ones
  };

  /// @param sampled  requests, ascending
  StageSample(const task::EvaluateTask& task, const pipeline::DataView& data,
              std::vector<int64_t> sampled, const Settings& settings);
  /// The usual ones. @param all  requests of the window, of all shards
  StageSample(const task::EvaluateTask& task, const pipeline::DataView& data, int64_t all);

  /// Keeps the rows of sampled requests. @param truth  of the batch's real requests
  void add(const pipeline::ServedBatch& batch, const Ragged& truth);

  /// For a trial none of whose stages has failed. A strategy that fails to explain leaves a reason.
  void write(const task::TrialTask& trial, const pipeline::ServingGraph& graph,
             results::PartWriter& part, results::PartWriter::Shard shard);

 private:
  CandidateBatch stacked(int64_t node) const;
  /// What the node gives a stage behind it, for the sampled requests.
  CandidateBatch given(int64_t node, const pipeline::ServingGraph& graph) const;
  results::StageLists lists(const task::MeasuredStage& stage) const;
  std::vector<int64_t> left_out_of(int64_t request) const;
  void serve_without(const pipeline::ServingGraph& graph);
  std::optional<results::ListsWithout> lists_without(const task::TrialTask& trial) const;
  std::vector<std::vector<int64_t>> served_items(const task::TrialTask& trial) const;
  const Why& why_of(int64_t node, const pipeline::ServingGraph& graph, const Wanted& wanted);
  Why asked(int64_t node, const pipeline::ServingGraph& graph, CandidateBatch candidates) const;

  const task::EvaluateTask& task_;
  const pipeline::DataView& data_;
  Settings settings_;
  std::vector<int64_t> sampled_;                   // all of the window
  std::vector<int64_t> requests_;                  // [S], those of this shard so far
  std::vector<std::vector<int64_t>> truth_;        // [S]
  std::vector<std::vector<CandidateBatch>> kept_;  // by node: rows of one batch after the other
  std::map<int64_t, Why> given_;  // by node: of rank and rerank stages, which are asked once
  Why own_;                       // of the recall stage that was asked last
  // Without items of the history, once for all trials.
  struct Without {
    std::vector<int32_t> requests, left_out;
    std::vector<std::optional<CandidateBatch>> lists;  // by node
  };
  std::optional<Without> without_;
};

}  // namespace assay::worker
