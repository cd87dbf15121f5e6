#include "results/schema.h"

namespace assay::results {

const char* const kSchemaTuning = R"sql(
CREATE TABLE tuning (                    -- what was searched, on which data; no budget in it
  tuning_id INTEGER PRIMARY KEY,
  tuning_key TEXT NOT NULL UNIQUE,       -- SHA-256 of spec
  spec TEXT NOT NULL                     -- JSON
) STRICT;

CREATE TABLE tuning_trial (
  tuning_id INTEGER NOT NULL REFERENCES tuning ON DELETE CASCADE,
  number INTEGER NOT NULL,               -- from 0, in the order in which they were begun
  rung INTEGER NOT NULL,                 -- asha: how often it was promoted; else 0
  params TEXT NOT NULL,                  -- JSON: "recall[0].lambda" -> value
  status TEXT NOT NULL CHECK (status IN ('done', 'pruned', 'failed')),
  value REAL,                            -- mean of the metric on the validation window; NULL: failed
  requests INTEGER,                      -- that have a value
  fit_seconds REAL NOT NULL,             -- of the fits that were made for it
  seconds REAL NOT NULL,                 -- with serving and measuring
  curve TEXT NOT NULL,                   -- JSON list: what its fits validated, call by call
  reason TEXT NOT NULL,                  -- why it failed; else ''
  artifacts TEXT NOT NULL,               -- JSON list of keys: all fits that it is served with
  made TEXT NOT NULL,                    -- those of them that were made for it
  finished TEXT NOT NULL,
  PRIMARY KEY (tuning_id, number, rung)
) STRICT;

CREATE TABLE run_tuning (
  run_id INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
  dataset TEXT NOT NULL,
  variant TEXT NOT NULL,
  tuning_id INTEGER NOT NULL REFERENCES tuning,
  method TEXT NOT NULL,
  trials INTEGER NOT NULL,               -- budget
  seconds REAL,                          -- budget; NULL: no limit
  definition TEXT NOT NULL,              -- of the metric that judged
  cutoff INTEGER NOT NULL,
  chosen INTEGER NOT NULL,               -- number of the trial whose values the variant has
  PRIMARY KEY (run_id, dataset, variant)
) STRICT;
)sql";

}  // namespace assay::results
