#include "results/schema.h"

namespace assay::results {

const char* const kSchemaLoad = R"sql(
ALTER TABLE variant ADD COLUMN serving TEXT NOT NULL DEFAULT '';  -- JSON; '': not recorded

CREATE TABLE new_latency (
  latency_id INTEGER PRIMARY KEY,
  timing_key TEXT NOT NULL,
  trial_key TEXT NOT NULL REFERENCES trial ON DELETE CASCADE,
  scenario TEXT NOT NULL,                -- JSON
  serving TEXT NOT NULL,                 -- JSON of how it was hosted; '': the scenario has no host
  stage TEXT NOT NULL,                   -- served: end to end
  round INTEGER NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('normal', 'baseline_repeat')),
  offered_qps REAL,
  achieved_qps REAL,
  degraded INTEGER,
  samples INTEGER NOT NULL,
  data BLOB NOT NULL,                    -- float32 [samples], milliseconds, in order of arrival
  UNIQUE (trial_key, timing_key, scenario, serving, stage, round, role)
) STRICT;
INSERT INTO new_latency SELECT latency_id, timing_key, trial_key, scenario, '', stage, round, role,
  offered_qps, achieved_qps, degraded, samples, data FROM latency;
DROP TABLE latency;
ALTER TABLE new_latency RENAME TO latency;

CREATE TABLE load_count (
  timing_key TEXT NOT NULL,
  trial_key TEXT NOT NULL REFERENCES trial ON DELETE CASCADE,
  scenario TEXT NOT NULL,                -- JSON
  serving TEXT NOT NULL,                 -- JSON, as in latency
  round INTEGER NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('normal', 'baseline_repeat')),
  kind TEXT NOT NULL,                    -- answered, shed, deadline, breaker, cache_hit, ...
  count INTEGER NOT NULL,
  PRIMARY KEY (trial_key, timing_key, scenario, serving, round, role, kind)
) STRICT;

CREATE TABLE new_resource_sample (
  part_id TEXT NOT NULL REFERENCES part ON DELETE CASCADE,
  trial_key TEXT REFERENCES trial ON DELETE CASCADE,
  phase TEXT NOT NULL,
  seconds REAL NOT NULL,                 -- since the round was begun
  name TEXT NOT NULL,
  value REAL,
  reason TEXT,                           -- why value is NULL
  CHECK (value IS NOT NULL OR reason IS NOT NULL)
) STRICT;
INSERT INTO new_resource_sample SELECT part_id, trial_key, phase, seconds, name, value, NULL
  FROM resource_sample;
DROP TABLE resource_sample;
ALTER TABLE new_resource_sample RENAME TO resource_sample;
CREATE INDEX resource_sample_of_part ON resource_sample (part_id);
CREATE INDEX resource_sample_of_trial ON resource_sample (trial_key);
)sql";

}  // namespace assay::results
