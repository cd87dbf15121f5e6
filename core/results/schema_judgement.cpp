#include "results/schema.h"

namespace assay::results {

const char* const kSchemaJudgement = R"sql(
ALTER TABLE run ADD COLUMN judged_by TEXT;  -- JSON: rules of the verdicts and their settings; NULL: none kept
ALTER TABLE run ADD COLUMN folder TEXT;     -- of the experiment file, from that of this file; NULL: paths in config are absolute
ALTER TABLE comparison ADD COLUMN family_size INTEGER;  -- tests that p was corrected for; NULL: not corrected
ALTER TABLE comparison ADD COLUMN needed INTEGER;       -- n that the power of the file asks for; NULL: not asked

ALTER TABLE test_look ADD COLUMN first_s INTEGER;  -- requests of the window, UTC seconds; NULL: no times
ALTER TABLE test_look ADD COLUMN last_s INTEGER;

-- Evaluations of the same data that other files have, as the log beside the cache knew them.
CREATE TABLE known_look (
  run_id INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
  dataset TEXT NOT NULL,
  time TEXT NOT NULL,
  database TEXT NOT NULL,                -- hash of its path
  first_s INTEGER,
  last_s INTEGER,
  chains TEXT NOT NULL                   -- JSON list of hashes of the variants' stages
) STRICT;
CREATE INDEX known_look_of_run ON known_look (run_id);
)sql";

}  // namespace assay::results
