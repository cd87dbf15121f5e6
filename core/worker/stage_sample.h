#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "pipeline/data_view.h"
#include "pipeline/serving.h"
#include "results/part_writer.h"
#include "task/task.h"
#include "worker/explained_terms.h"

namespace assay::worker {

/// The sampled requests of a shard (task/request_sample.h) on their way through the stages: the
/// first places of every list, where relevant items stand in it, and why strategies scored what was
/// served as they did. Nothing of it enters a value or a key.
class StageSample {
 public:
  static constexpr int kPlaces = 20;     ///< kept of each list
  static constexpr int kExplained = 10;  ///< served items of a request that are explained

  /// @param all  requests of the window, of all shards
  StageSample(const task::EvaluateTask& task, const pipeline::DataView& data, int64_t all);

  /// Keeps the rows of sampled requests. @param truth  of the batch's real requests
  void add(const pipeline::ServedBatch& batch, const Ragged& truth);

  /// For a trial none of whose stages has failed. A strategy that fails to explain leaves a reason.
  void write(const task::TrialTask& trial, const pipeline::ServingGraph& graph,
             results::PartWriter& part, results::PartWriter::Shard shard);

 private:
  CandidateBatch stacked(int64_t node) const;
  results::StageLists lists(const task::MeasuredStage& stage) const;
  std::vector<std::vector<int64_t>> served_items(const task::TrialTask& trial) const;
  const Why& why_of(int64_t node, const pipeline::ServingGraph& graph, const Wanted& wanted);
  Why asked(int64_t node, const pipeline::ServingGraph& graph, CandidateBatch candidates) const;

  const task::EvaluateTask& task_;
  const pipeline::DataView& data_;
  std::vector<int64_t> sampled_;                   // all of the window
  std::vector<int64_t> requests_;                  // [S], those of this shard so far
  std::vector<std::vector<int64_t>> truth_;        // [S]
  std::vector<std::vector<CandidateBatch>> kept_;  // by node: rows of one batch after the other
  std::map<int64_t, Why> given_;  // by node: of rank and rerank stages, which are asked once
  Why own_;                       // of the recall stage that was asked last
};

}  // namespace assay::worker
