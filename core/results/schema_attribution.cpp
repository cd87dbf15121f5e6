#include "results/schema.h"

namespace assay::results {

const char* const kSchemaAttribution = R"sql(
CREATE TABLE attribution (               -- a run of mixed pipelines: which stage earned a difference
  run_id INTEGER PRIMARY KEY REFERENCES run ON DELETE CASCADE,
  of_run INTEGER NOT NULL,               -- whose difference it divides
  attribution_key TEXT NOT NULL,         -- SHA-256 of its trials, metrics and load
  from_variant TEXT NOT NULL,
  to_variant TEXT NOT NULL,
  parts TEXT NOT NULL,                   -- JSON list: what differs, and how
  notes TEXT NOT NULL                    -- JSON list: what a reader must know
) STRICT;

CREATE TABLE attribution_mix (
  run_id INTEGER NOT NULL REFERENCES attribution ON DELETE CASCADE,
  mask INTEGER NOT NULL,                 -- bit p: part p is that of to_variant
  variant TEXT NOT NULL,                 -- of this run
  PRIMARY KEY (run_id, mask)
) STRICT;

CREATE TABLE attribution_value (
  value_id INTEGER PRIMARY KEY,
  run_id INTEGER NOT NULL REFERENCES attribution ON DELETE CASCADE,
  dataset TEXT NOT NULL,
  definition TEXT NOT NULL,              -- of the metric; latency_ms: the 99th percentile
  cutoff INTEGER NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('part', 'total', 'joint', 'interaction')),
  name TEXT NOT NULL,                    -- of the part, or two; else ''
  position INTEGER NOT NULL,
  value REAL,                            -- NULL: see reason
  ci_low REAL,
  ci_high REAL,
  first REAL,                            -- of a part: what it adds to from_variant alone
  last REAL,                             -- what it adds to all other parts
  from_mean REAL,                        -- of the total: what from_variant has
  noise_floor REAL,                      -- of times, ms
  n INTEGER NOT NULL,
  method TEXT NOT NULL,
  reason TEXT NOT NULL,
  UNIQUE (run_id, dataset, definition, cutoff, kind, name)
) STRICT;
)sql";

}  // namespace assay::results
