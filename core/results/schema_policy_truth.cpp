#include "results/schema.h"

namespace assay::results {

const char* const kSchemaPolicyTruth = R"sql(
-- What a policy really earns on the rows of policy_input; of simulated logs only.
CREATE TABLE policy_truth (
  trial_key TEXT NOT NULL REFERENCES trial ON DELETE CASCADE,
  shard_id INTEGER NOT NULL REFERENCES shard ON DELETE CASCADE,
  policy TEXT NOT NULL,                  -- JSON
  count INTEGER NOT NULL,                -- rows
  sum REAL NOT NULL,                     -- of the expected rewards of the rows under the policy
  PRIMARY KEY (trial_key, shard_id, policy)
) STRICT;
CREATE INDEX policy_truth_of_shard ON policy_truth (shard_id);

-- The simulated world that a data set is of.
CREATE TABLE world (
  run_id INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
  dataset TEXT NOT NULL,
  spec TEXT NOT NULL,                    -- JSON
  PRIMARY KEY (run_id, dataset)
) STRICT;
)sql";

}  // namespace assay::results
