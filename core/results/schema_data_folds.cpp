#include "results/schema.h"

namespace assay::results {

// QueryRows of before: with folds there was one source, that of the last fold, one row a check for all
// of them, and a step was called "fold 1: filter".
const char* const kSchemaDataFolds = R"sql(
CREATE TABLE new_data_source (
  run_id INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
  dataset TEXT NOT NULL,
  fold TEXT NOT NULL,                    -- all: the split makes one fold; else 1, 2, ...
  source TEXT NOT NULL,
  source_hash TEXT NOT NULL,
  prepared_hash TEXT NOT NULL,
  users INTEGER NOT NULL,
  items INTEGER NOT NULL,
  events INTEGER NOT NULL,
  windows TEXT NOT NULL,                 -- JSON
  licence TEXT,
  citation TEXT,
  PRIMARY KEY (run_id, dataset, fold)
) STRICT;
INSERT INTO new_data_source SELECT run_id, dataset,
  ifnull((SELECT CAST(max(CAST(t.fold AS INTEGER)) AS TEXT) FROM run_trial AS t
          WHERE t.run_id = d.run_id AND t.dataset = d.dataset AND t.fold <> 'all'), 'all'),
  source, source_hash, prepared_hash, users, items, events, windows, licence, citation
  FROM data_source AS d;
DROP TABLE data_source;
ALTER TABLE new_data_source RENAME TO data_source;

CREATE TABLE new_audit (
  run_id INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
  dataset TEXT NOT NULL,
  fold TEXT NOT NULL,                    -- as in data_source
  check_name TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('property', 'leak')),
  result TEXT NOT NULL,
  detail TEXT NOT NULL,
  PRIMARY KEY (run_id, dataset, fold, check_name)
) STRICT;
INSERT INTO new_audit SELECT run_id, dataset, 'all', check_name, kind, result, detail FROM audit;
DROP TABLE audit;
ALTER TABLE new_audit RENAME TO audit;

CREATE TABLE new_data_removed (
  run_id INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
  dataset TEXT NOT NULL,
  fold TEXT NOT NULL,                    -- as in data_source
  step TEXT NOT NULL,
  reason TEXT NOT NULL,
  users INTEGER NOT NULL,
  items INTEGER NOT NULL,
  events INTEGER NOT NULL,
  PRIMARY KEY (run_id, dataset, fold, step, reason)
) STRICT;
INSERT INTO new_data_removed SELECT run_id, dataset,
  CASE WHEN step GLOB 'fold [0-9]*: *' THEN substr(step, 6, instr(step, ':') - 6) ELSE 'all' END,
  CASE WHEN step GLOB 'fold [0-9]*: *' THEN substr(step, instr(step, ':') + 2) ELSE step END,
  reason, users, items, events FROM data_removed;
DROP TABLE data_removed;
ALTER TABLE new_data_removed RENAME TO data_removed;
)sql";

}  // namespace assay::results
