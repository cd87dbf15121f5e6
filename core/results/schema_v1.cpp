#include "results/schema.h"

namespace assay::results {

// The comments are part of the schema: `sqlite3 file .schema` shows them. docs/results-database.md
// says more.
const char* const kSchemaV1Runs = R"sql(
CREATE TABLE metric (
  definition TEXT PRIMARY KEY,           -- ndcg{gain=binary,discount=log2(r+1),ideal=min(R,k)}
  name TEXT NOT NULL UNIQUE,             -- ndcg; another definition than the default keeps its braces
  scope TEXT NOT NULL CHECK (scope IN ('request', 'catalogue', 'latency')),
  unit TEXT NOT NULL,
  higher_is_better INTEGER CHECK (higher_is_better IN (0, 1)),  -- NULL: neither direction is better
  doc TEXT NOT NULL
) STRICT;

INSERT INTO metric VALUES ('latency_ms', 'latency_ms', 'latency', 'ms', 0,
  'Time to answer a request, end to end or of one stage, under a load scenario.');

CREATE TABLE run (
  run_id INTEGER PRIMARY KEY,
  experiment TEXT NOT NULL,
  description TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('running', 'done', 'failed', 'interrupted')),
  started TEXT NOT NULL,                 -- UTC, 2026-11-22T21:50:03Z
  finished TEXT,
  config TEXT NOT NULL,                  -- the resolved experiment
  seeds TEXT NOT NULL,                   -- JSON list
  seed INTEGER NOT NULL,                 -- of split, validation sample and bootstrap
  primary_definition TEXT NOT NULL,
  primary_cutoff INTEGER NOT NULL,       -- 0: whole list
  alpha REAL NOT NULL,
  margin REAL,
  command_line TEXT NOT NULL,
  assay_version TEXT NOT NULL,
  git_commit TEXT NOT NULL,
  build_type TEXT NOT NULL,
  compiler TEXT NOT NULL
) STRICT;

CREATE TABLE data_source (
  run_id INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
  dataset TEXT NOT NULL,
  source TEXT NOT NULL,
  source_hash TEXT NOT NULL,
  prepared_hash TEXT NOT NULL,
  users INTEGER NOT NULL,
  items INTEGER NOT NULL,
  events INTEGER NOT NULL,
  windows TEXT NOT NULL,                 -- JSON
  licence TEXT,
  citation TEXT,
  PRIMARY KEY (run_id, dataset)
) STRICT;

CREATE TABLE audit (
  run_id INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
  dataset TEXT NOT NULL,
  check_name TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('property', 'leak')),
  result TEXT NOT NULL,
  detail TEXT NOT NULL,
  PRIMARY KEY (run_id, dataset, check_name)
) STRICT;

CREATE TABLE data_removed (
  run_id INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
  dataset TEXT NOT NULL,
  step TEXT NOT NULL,
  reason TEXT NOT NULL,
  users INTEGER NOT NULL,
  items INTEGER NOT NULL,
  events INTEGER NOT NULL,
  PRIMARY KEY (run_id, dataset, step, reason)
) STRICT;

CREATE TABLE variant (
  variant_id INTEGER PRIMARY KEY,
  run_id INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
  name TEXT NOT NULL,
  chain TEXT NOT NULL,                   -- JSON
  position INTEGER NOT NULL,
  is_baseline INTEGER NOT NULL CHECK (is_baseline IN (0, 1)),
  UNIQUE (run_id, name)
) STRICT;

CREATE TABLE stage (
  variant_id INTEGER NOT NULL REFERENCES variant ON DELETE CASCADE,
  place TEXT NOT NULL,                   -- recall[0]
  kind TEXT NOT NULL,
  plugin TEXT NOT NULL,
  version TEXT NOT NULL,
  so_sha256 TEXT NOT NULL,
  params TEXT NOT NULL,                  -- JSON of all effective parameters
  PRIMARY KEY (variant_id, place)
) STRICT;

CREATE TABLE run_trial (
  run_id INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
  variant_id INTEGER NOT NULL REFERENCES variant ON DELETE CASCADE,
  dataset TEXT NOT NULL,
  fold TEXT NOT NULL,
  seed INTEGER,                          -- NULL: no stage draws
  trial_key TEXT NOT NULL REFERENCES trial
) STRICT;
CREATE UNIQUE INDEX run_trial_once ON run_trial (variant_id, dataset, fold, ifnull(seed, -1));
CREATE INDEX run_trial_of_trial ON run_trial (trial_key);
CREATE INDEX run_trial_of_run ON run_trial (run_id);

CREATE TABLE event (
  event_id INTEGER PRIMARY KEY,
  run_id INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
  time TEXT NOT NULL,
  level TEXT NOT NULL,
  text TEXT NOT NULL
) STRICT;
CREATE INDEX event_of_run ON event (run_id);

CREATE TABLE test_look (
  look_id INTEGER PRIMARY KEY,
  run_id INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
  dataset TEXT NOT NULL,
  prepared_hash TEXT NOT NULL,
  time TEXT NOT NULL
) STRICT;
CREATE INDEX test_look_of_data ON test_look (prepared_hash);
)sql";

const char* const kSchemaV1Trials = R"sql(
CREATE TABLE request_set (
  request_set TEXT PRIMARY KEY,          -- hash
  prepared_hash TEXT NOT NULL,
  fold TEXT NOT NULL,
  window TEXT NOT NULL,
  requests INTEGER NOT NULL,             -- R
  user_ids TEXT NOT NULL,                -- JSON list of R outside ids
  users BLOB NOT NULL,                   -- int32 [R], -1 is anonymous
  times BLOB NOT NULL,                   -- int64 [R], UTC seconds, -1: none
  truth_offsets BLOB NOT NULL,           -- int64 [R + 1]
  truth_items BLOB NOT NULL,             -- int32
  history_offsets BLOB,                  -- int64 [R + 1]; NULL: not kept
  history_items BLOB                     -- int32
) STRICT;

CREATE TABLE catalogue (
  prepared_hash TEXT PRIMARY KEY,
  items INTEGER NOT NULL,                -- N
  item_ids TEXT NOT NULL                 -- JSON list of N outside ids
) STRICT;

CREATE TABLE trial (
  trial_key TEXT PRIMARY KEY,            -- SHA-256 of spec
  status TEXT NOT NULL DEFAULT 'missing' CHECK (status IN ('missing', 'done', 'failed')),
  reason TEXT,                           -- of a failed one
  spec TEXT NOT NULL,                    -- JSON
  request_set TEXT NOT NULL,
  requests INTEGER,                      -- NULL until done
  finished TEXT                          -- when its last shard came in
) STRICT;

CREATE TABLE artifact (
  artifact_key TEXT PRIMARY KEY,
  plugin TEXT NOT NULL,
  stage TEXT NOT NULL,
  seconds REAL,
  bytes INTEGER,
  peak_bytes INTEGER
) STRICT;

CREATE TABLE note (
  artifact_key TEXT NOT NULL REFERENCES artifact ON DELETE CASCADE,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (artifact_key, key)
) STRICT;

CREATE TABLE trial_artifact (
  trial_key TEXT NOT NULL REFERENCES trial ON DELETE CASCADE,
  place TEXT NOT NULL,                   -- recall[0]
  artifact_key TEXT NOT NULL,
  PRIMARY KEY (trial_key, place)
) STRICT;

CREATE TABLE part (
  part_id TEXT PRIMARY KEY,              -- drawn by its writer
  run_id INTEGER REFERENCES run ON DELETE SET NULL,
  task TEXT NOT NULL,
  kind TEXT NOT NULL,
  started TEXT NOT NULL,
  finished TEXT
) STRICT;
CREATE INDEX part_of_run ON part (run_id);

CREATE TABLE environment (
  part_id TEXT PRIMARY KEY REFERENCES part ON DELETE CASCADE,
  device TEXT NOT NULL,
  cpu_model TEXT NOT NULL,
  cpu_cores INTEGER NOT NULL,
  memory_bytes INTEGER NOT NULL,
  gpu_model TEXT,
  gpu_driver TEXT,
  cuda TEXT,
  torch TEXT NOT NULL,
  compiler TEXT NOT NULL,
  build_type TEXT NOT NULL,
  os TEXT NOT NULL,
  threads INTEGER NOT NULL
) STRICT;

CREATE TABLE shard (
  shard_id INTEGER PRIMARY KEY,
  trial_key TEXT NOT NULL REFERENCES trial ON DELETE CASCADE,
  work TEXT NOT NULL,                    -- evaluate, or what adds values to a done trial
  shards INTEGER NOT NULL,               -- of how many
  shard INTEGER NOT NULL,
  first_request INTEGER NOT NULL,
  requests INTEGER NOT NULL,
  seconds REAL,                          -- NULL: not ended (only inside a part)
  part_id TEXT NOT NULL REFERENCES part,
  UNIQUE (trial_key, work, shards, shard)
) STRICT;

-- What shards bring until their trial is done; then the rows move to request_value, stage_count and counter.
CREATE TABLE shard_value (
  shard_id INTEGER NOT NULL REFERENCES shard ON DELETE CASCADE,
  stage TEXT NOT NULL,
  definition TEXT NOT NULL REFERENCES metric,
  cutoff INTEGER NOT NULL,
  data BLOB NOT NULL,                    -- float32 [requests of the shard]
  PRIMARY KEY (shard_id, stage, definition, cutoff)
) STRICT;

CREATE TABLE shard_exposure (
  shard_id INTEGER NOT NULL REFERENCES shard ON DELETE CASCADE,
  stage TEXT NOT NULL,
  cutoff INTEGER NOT NULL,
  items INTEGER NOT NULL,                -- N
  sparse INTEGER NOT NULL CHECK (sparse IN (0, 1)),
  data BLOB NOT NULL,                    -- int32 [N], or int32 [n, 2]: item, count
  PRIMARY KEY (shard_id, stage, cutoff)
) STRICT;

CREATE TABLE shard_count (
  shard_id INTEGER NOT NULL REFERENCES shard ON DELETE CASCADE,
  stage TEXT NOT NULL,
  cutoff INTEGER NOT NULL,
  relevant INTEGER NOT NULL,
  kept INTEGER NOT NULL,
  PRIMARY KEY (shard_id, stage, cutoff)
) STRICT;

CREATE TABLE shard_counter (
  shard_id INTEGER NOT NULL REFERENCES shard ON DELETE CASCADE,
  stage TEXT NOT NULL,
  name TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (shard_id, stage, name)
) STRICT;

CREATE TABLE request_value (
  trial_key TEXT NOT NULL REFERENCES trial ON DELETE CASCADE,
  stage TEXT NOT NULL,
  definition TEXT NOT NULL REFERENCES metric,
  cutoff INTEGER NOT NULL,               -- 0: whole list
  requests INTEGER NOT NULL,
  excluded INTEGER NOT NULL,             -- without relevant items
  mean REAL,                             -- over the others; NULL: there are none
  data BLOB NOT NULL,                    -- float32 [requests], NaN: excluded
  PRIMARY KEY (trial_key, stage, definition, cutoff)
) STRICT;

CREATE TABLE value (
  trial_key TEXT NOT NULL REFERENCES trial ON DELETE CASCADE,
  stage TEXT NOT NULL,
  definition TEXT NOT NULL REFERENCES metric,
  cutoff INTEGER NOT NULL,
  value REAL,
  reason TEXT,                           -- why value is NULL
  PRIMARY KEY (trial_key, stage, definition, cutoff),
  CHECK ((value IS NULL) = (reason IS NOT NULL))
) STRICT;

CREATE TABLE stage_count (
  trial_key TEXT NOT NULL REFERENCES trial ON DELETE CASCADE,
  stage TEXT NOT NULL,
  cutoff INTEGER NOT NULL,               -- 0: the stage's whole output
  relevant INTEGER NOT NULL,
  kept INTEGER NOT NULL,
  PRIMARY KEY (trial_key, stage, cutoff)
) STRICT;

CREATE TABLE counter (
  trial_key TEXT NOT NULL REFERENCES trial ON DELETE CASCADE,
  stage TEXT NOT NULL,
  name TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (trial_key, stage, name)
) STRICT;

CREATE TABLE slate (
  trial_key TEXT NOT NULL REFERENCES trial ON DELETE CASCADE,
  shard_id INTEGER NOT NULL REFERENCES shard ON DELETE CASCADE,
  first_request INTEGER NOT NULL,
  requests INTEGER NOT NULL,
  size INTEGER NOT NULL,
  items BLOB NOT NULL,                   -- int32 [requests, size], -1: empty
  scores BLOB NOT NULL,                  -- float32 [requests, size], -inf: empty
  propensity BLOB,                       -- float32 [requests, size]; NULL: no stage gives them
  PRIMARY KEY (trial_key, shard_id, first_request)
) STRICT;
CREATE INDEX slate_of_shard ON slate (shard_id);

CREATE TABLE failure (
  failure_id INTEGER PRIMARY KEY,
  trial_key TEXT NOT NULL REFERENCES trial ON DELETE CASCADE,
  task TEXT NOT NULL,                    -- fit, smoke, evaluate, score, time
  stage TEXT NOT NULL,                   -- '': no stage is to blame
  plugin TEXT NOT NULL,
  batch INTEGER,
  kind TEXT NOT NULL,
  reason TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX failure_once
  ON failure (trial_key, task, stage, plugin, ifnull(batch, -1), kind, reason);

CREATE TABLE latency (
  latency_id INTEGER PRIMARY KEY,
  timing_key TEXT NOT NULL,
  trial_key TEXT NOT NULL REFERENCES trial ON DELETE CASCADE,
  scenario TEXT NOT NULL,                -- JSON
  stage TEXT NOT NULL,                   -- served: end to end
  round INTEGER NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('normal', 'baseline_repeat')),
  offered_qps REAL,
  achieved_qps REAL,
  degraded INTEGER,
  samples INTEGER NOT NULL,
  data BLOB NOT NULL,                    -- float32 [samples], milliseconds, in order of arrival
  UNIQUE (trial_key, timing_key, scenario, stage, round, role)
) STRICT;

CREATE TABLE resource_sample (
  part_id TEXT NOT NULL REFERENCES part ON DELETE CASCADE,
  trial_key TEXT REFERENCES trial ON DELETE CASCADE,
  phase TEXT NOT NULL,
  seconds REAL NOT NULL,                 -- since the part was begun
  name TEXT NOT NULL,
  value REAL NOT NULL
) STRICT;
CREATE INDEX resource_sample_of_part ON resource_sample (part_id);
CREATE INDEX resource_sample_of_trial ON resource_sample (trial_key);
)sql";

const char* const kSchemaV1Analysis = R"sql(
CREATE TABLE summary (
  variant_id INTEGER NOT NULL REFERENCES variant ON DELETE CASCADE,
  dataset TEXT NOT NULL,
  fold TEXT NOT NULL,                    -- all: over the folds
  stage TEXT NOT NULL,
  definition TEXT NOT NULL REFERENCES metric,
  cutoff INTEGER NOT NULL,
  slice TEXT NOT NULL,                   -- all: every request
  mean REAL,
  ci_low REAL,
  ci_high REAL,
  sd_over_seeds REAL,
  seeds INTEGER,
  requests INTEGER,
  excluded_requests INTEGER,
  reason TEXT,                           -- why mean is NULL
  PRIMARY KEY (variant_id, dataset, fold, stage, definition, cutoff, slice),
  CHECK (mean IS NOT NULL OR reason IS NOT NULL)
) STRICT;

CREATE TABLE comparison (
  baseline_id INTEGER NOT NULL REFERENCES variant ON DELETE CASCADE,
  variant_id INTEGER NOT NULL REFERENCES variant ON DELETE CASCADE,
  dataset TEXT NOT NULL,
  fold TEXT NOT NULL,
  stage TEXT NOT NULL,
  definition TEXT NOT NULL REFERENCES metric,
  cutoff INTEGER NOT NULL,
  slice TEXT NOT NULL,
  scenario TEXT,                         -- of latency
  quantile REAL,
  difference REAL,
  relative REAL,
  ci_low REAL,
  ci_high REAL,
  p REAL,
  p_adjusted REAL,
  method TEXT NOT NULL,
  correction TEXT NOT NULL,
  family TEXT NOT NULL,
  n INTEGER,
  minimum_detectable_effect REAL,
  verdict TEXT NOT NULL,
  reason TEXT,
  CHECK (difference IS NOT NULL OR reason IS NOT NULL)
) STRICT;
CREATE UNIQUE INDEX comparison_once ON comparison
  (variant_id, baseline_id, dataset, fold, stage, definition, cutoff, slice,
   ifnull(scenario, ''), ifnull(quantile, -1));
CREATE INDEX comparison_of_baseline ON comparison (baseline_id);

CREATE TABLE latency_quantile (
  variant_id INTEGER NOT NULL REFERENCES variant ON DELETE CASCADE,
  dataset TEXT NOT NULL,
  fold TEXT NOT NULL,
  seed INTEGER,
  scenario TEXT NOT NULL,
  stage TEXT NOT NULL,
  quantile REAL NOT NULL,
  ms REAL,
  ci_low_ms REAL,
  ci_high_ms REAL,
  requests INTEGER,
  offered_qps REAL,
  achieved_qps REAL,
  degraded INTEGER,
  reason TEXT,
  CHECK (ms IS NOT NULL OR reason IS NOT NULL)
) STRICT;
CREATE UNIQUE INDEX latency_quantile_once ON latency_quantile
  (variant_id, dataset, fold, ifnull(seed, -1), scenario, stage, quantile);
)sql";

}  // namespace assay::results
