#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "metrics/source_values.h"
#include "pipeline/serving.h"
#include "results/part_writer.h"
#include "task/task.h"

namespace assay::worker {

/// Relevant items of every request of a shard that one stage's list holds.
using HitsOf = std::function<std::span<const int32_t>(const task::MeasuredStage& stage)>;

/// The metrics of the group pool of one trial: what each stage keeps and loses, and what each
/// recall source brings.
class StageValues {
 public:
  /// @param metrics  those that look at several stages, at cutoff 0
  StageValues(const task::TrialTask& trial, const std::vector<task::MetricAt>& metrics,
              int64_t serve_size);

  /// A batch in which a step of the trial failed is left out.
  void add(const pipeline::ServedBatch& batch, const Ragged& truth);

  /// @param relevant  relevant items of every request of the shard
  void write(results::PartWriter& part, results::PartWriter::Shard shard, const HitsOf& hits,
             std::span<const int32_t> relevant) const;

 private:
  std::vector<float> values(const task::MetricAt& metric, const task::MeasuredStage& stage,
                            const HitsOf& hits, std::span<const int32_t> relevant) const;

  const task::TrialTask& trial_;
  const std::vector<task::MetricAt>& metrics_;
  int64_t serve_size_;
  std::vector<int64_t> source_nodes_;
  int64_t merged_node_ = 0;
  std::optional<metrics::SourceValues> sources_;  // where there are several and a metric asks
};

}  // namespace assay::worker
