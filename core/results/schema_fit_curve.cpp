#include "results/schema.h"

namespace assay::results {

const char* const kSchemaFitCurve = R"sql(
ALTER TABLE artifact ADD COLUMN fit_bytes INTEGER;  -- NULL: not measured

CREATE TABLE fit_curve (
  artifact_key TEXT NOT NULL REFERENCES artifact ON DELETE CASCADE,
  name TEXT NOT NULL,                    -- loss, host.validation, ...
  step INTEGER NOT NULL,
  value REAL,                            -- NULL: it was not finite
  PRIMARY KEY (artifact_key, name, step)
) STRICT;

CREATE TABLE fit_value (
  artifact_key TEXT NOT NULL REFERENCES artifact ON DELETE CASCADE,
  definition TEXT NOT NULL,
  cutoff INTEGER NOT NULL,               -- 0: whole list
  requests INTEGER NOT NULL,             -- of the validation window's sample that have a value
  value REAL,                            -- their mean; NULL: there are none
  PRIMARY KEY (artifact_key, definition, cutoff)
) STRICT;
)sql";

}  // namespace assay::results
