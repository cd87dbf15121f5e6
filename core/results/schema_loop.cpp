#include "results/schema.h"

namespace assay::results {

const char* const kSchemaLoop = R"sql(
CREATE TABLE loop_day (
  variant_id INTEGER NOT NULL REFERENCES variant ON DELETE CASCADE,
  dataset TEXT NOT NULL,
  day INTEGER NOT NULL,                  -- from 1; 0: all days together
  measure TEXT NOT NULL,                 -- clicks, coverage, gini, diversity
  requests INTEGER NOT NULL,
  value REAL,                            -- mean over seeds
  difference REAL,                       -- to the baseline
  ci_low REAL,
  ci_high REAL,
  reason TEXT,                           -- why there is no value, or no difference
  PRIMARY KEY (variant_id, dataset, day, measure)
) STRICT;
)sql";

}  // namespace assay::results
