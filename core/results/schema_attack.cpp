#include "results/schema.h"

namespace assay::results {

const char* const kSchemaAttack = R"sql(
CREATE TABLE changed_log (
  variant_id INTEGER PRIMARY KEY REFERENCES variant ON DELETE CASCADE,
  perturb TEXT,                          -- JSON
  augment TEXT,                          -- JSON
  twin TEXT,                             -- the variant that differs in perturb alone
  CHECK (perturb IS NOT NULL OR augment IS NOT NULL)
) STRICT;

CREATE TABLE attack_target (
  variant_id INTEGER NOT NULL REFERENCES variant ON DELETE CASCADE,
  dataset TEXT NOT NULL,
  fold TEXT NOT NULL,
  position INTEGER NOT NULL,             -- in the file
  item INTEGER NOT NULL,                 -- dense id
  id TEXT NOT NULL,                      -- outside id
  PRIMARY KEY (variant_id, dataset, fold, position)
) STRICT;

CREATE TABLE attack_effect (
  variant_id INTEGER NOT NULL REFERENCES variant ON DELETE CASCADE,
  dataset TEXT NOT NULL,
  fold TEXT NOT NULL,
  twin TEXT,
  requests INTEGER NOT NULL,
  hit_ratio REAL,                        -- share of requests whose list holds a target
  twin_hit_ratio REAL,
  hit_shift REAL,                        -- their paired difference
  ci_low REAL,
  ci_high REAL,
  targets_per_list REAL,
  twin_targets_per_list REAL,
  rank_shift REAL,                       -- places that targets move up; behind the list is one place
  prediction_shift REAL,                 -- of scores where both lists hold the target
  scored INTEGER NOT NULL,               -- how often they do
  reason TEXT,                           -- why there is nothing of a twin
  PRIMARY KEY (variant_id, dataset, fold)
) STRICT;
)sql";

}  // namespace assay::results
