#pragma once

#include "results/connection.h"
#include "results/database.h"

namespace assay::results {

/// Behind Database::merge.
MergeReport merge_part(const Connection& database, const std::string& part_path, int64_t run_id,
                       const CatalogueMetrics& catalogue);

/// All shards of one piece of work on a trial.
struct ShardGroup {
  std::string trial_key, work;
  int64_t shards = 0;
};

/// Turns the shard rows of a complete group into the trial's values; see Database::merge. Inside a
/// transaction.
void finalise(const Connection& database, const ShardGroup& group,
              const CatalogueMetrics& catalogue);

/// Records a failure, and the trial as failed where it is one of the trial itself.
void record_failure(const Connection& database, const FailureRow& failure);

}  // namespace assay::results
