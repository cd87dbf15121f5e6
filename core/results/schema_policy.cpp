#include "results/schema.h"

namespace assay::results {

const char* const kSchemaPolicy = R"sql(
CREATE TABLE variant_policy (
  variant_id INTEGER PRIMARY KEY REFERENCES variant ON DELETE CASCADE,
  policy TEXT NOT NULL                   -- JSON
) STRICT;

-- What a policy does with logged rows that show an item and have a reward.
CREATE TABLE policy_input (
  trial_key TEXT NOT NULL REFERENCES trial ON DELETE CASCADE,
  shard_id INTEGER NOT NULL REFERENCES shard ON DELETE CASCADE,
  policy TEXT NOT NULL,                  -- JSON
  count INTEGER NOT NULL,                -- N
  unlabelled INTEGER NOT NULL,           -- further rows without a reward
  unserved INTEGER NOT NULL,             -- requests in which the policy shows nothing
  requests BLOB NOT NULL,                -- int32 [N], places in the request set, ascending
  propensity BLOB NOT NULL,              -- float32 [N], with which the log showed the row
  reward BLOB NOT NULL,                  -- float32 [N]
  probability BLOB NOT NULL,             -- float32 [N], with which the policy shows its item first
  predicted BLOB NOT NULL,               -- float32 [N], reward of its item by the reward model
  expected BLOB NOT NULL,                -- float32 [N], the same over what the policy shows
  unsupported BLOB NOT NULL,             -- float32 [N], probability of items that the log never shows
  PRIMARY KEY (trial_key, shard_id, policy)
) STRICT;
CREATE INDEX policy_input_of_shard ON policy_input (shard_id);

CREATE TABLE policy_value (
  variant_id INTEGER NOT NULL REFERENCES variant ON DELETE CASCADE,
  dataset TEXT NOT NULL,
  fold TEXT NOT NULL,                    -- all: over the folds
  estimator TEXT NOT NULL,               -- ips, dr, ...; on_policy: what the log itself earned
  position INTEGER NOT NULL,             -- in which they are shown
  value REAL,
  standard_error REAL,
  ci_low REAL,
  ci_high REAL,
  interval TEXT,                         -- its method
  intervals TEXT,                        -- JSON of all that there are
  parameters TEXT,                       -- JSON of what was chosen
  count INTEGER NOT NULL,                -- logged rows
  effective_rows REAL,                   -- effective sample size
  largest_weight REAL,
  mean_weight REAL,
  outside_support REAL,                  -- share of the policy on items that the log never shows
  reason TEXT,                           -- why value is NULL
  note TEXT,                             -- what a reader must know of it
  PRIMARY KEY (variant_id, dataset, fold, estimator),
  CHECK ((value IS NULL) = (reason IS NOT NULL))
) STRICT;
)sql";

const char* const kSchemaPolicyOverlap = R"sql(
ALTER TABLE policy_input ADD COLUMN marginal BLOB;  -- float32 [N], weights of embeddings, or NULL
ALTER TABLE policy_value ADD COLUMN overlap TEXT;   -- of on_policy: JSON, rounds by weight
)sql";

const char* const kSchemaPolicyModels = R"sql(
-- NULL where the experiment names no such estimator.
ALTER TABLE policy_input ADD COLUMN balanced BLOB;        -- float32 [N], of balanced_ips
ALTER TABLE policy_input ADD COLUMN mrdr_predicted BLOB;  -- float32 [N], of mrdr
ALTER TABLE policy_input ADD COLUMN mrdr_expected BLOB;   -- float32 [N], of mrdr
)sql";

}  // namespace assay::results
