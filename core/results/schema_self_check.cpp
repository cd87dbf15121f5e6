#include "results/schema.h"

namespace assay::results {

const char* const kSchemaSelfCheck = R"sql(
-- What the harness found when it checked itself for a run.
CREATE TABLE self_check (
  run_id INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
  prepared_hash TEXT NOT NULL,           -- data
  definition TEXT NOT NULL,              -- metric
  cutoff INTEGER NOT NULL,
  check_name TEXT NOT NULL,              -- ideal, chance, itself, twice, different
  result TEXT NOT NULL CHECK (result IN ('holds', 'fails', 'not applicable')),
  found REAL,
  expected REAL,
  tolerance REAL,                        -- most that found may be from expected
  requests INTEGER NOT NULL,             -- that were looked at
  detail TEXT,                           -- what fails, or why it does not apply
  PRIMARY KEY (run_id, prepared_hash, definition, cutoff, check_name)
) STRICT;
)sql";

}  // namespace assay::results
