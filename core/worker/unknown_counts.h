#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "pipeline/serving.h"
#include "results/part_writer.h"
#include "task/task.h"

namespace assay::worker {

/// The requests of a shard for which the recall steps of a graph return no candidate.
class UnknownCounts {
 public:
  /// @param nodes  must live as long as this
  explicit UnknownCounts(const std::vector<task::ServeNode>& nodes);

  void add(const pipeline::ServedBatch& batch);

  /// Those of the sources of a trial, and of what answers for them.
  void write(const task::TrialTask& trial, results::PartWriter& part,
             results::PartWriter::Shard shard) const;

 private:
  const std::vector<task::ServeNode>& nodes_;
  std::map<int64_t, std::vector<int32_t>> requests_;  // by node
};

}  // namespace assay::worker
