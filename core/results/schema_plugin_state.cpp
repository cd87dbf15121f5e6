#include "results/schema.h"

namespace assay::results {

const char* const kSchemaPluginState = R"sql(
CREATE TABLE plugin_state (
  run_id INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
  variant_id INTEGER REFERENCES variant ON DELETE CASCADE,  -- whose chain calls it; NULL: a metric
  plugin TEXT NOT NULL,
  kind TEXT NOT NULL,
  so_sha256 TEXT NOT NULL,
  build_type TEXT NOT NULL,
  optimised INTEGER NOT NULL CHECK (optimised IN (0, 1)),
  held INTEGER,                          -- of the last check of these bytes; NULL: never checked
  checks INTEGER,                        -- that apply to it
  first_failure TEXT,                    -- name of the check, and what it found; '': all hold
  checked TEXT,                          -- UTC
  checked_on TEXT,                       -- which data
  checked_by TEXT CHECK (checked_by IN ('build', 'check')),
  assay_version TEXT,                    -- that checked it
  CHECK ((held IS NULL) = (checks IS NULL) AND (held IS NULL) = (checked_by IS NULL))
) STRICT;
CREATE INDEX plugin_state_of_run ON plugin_state (run_id);
CREATE INDEX plugin_state_of_variant ON plugin_state (variant_id);
)sql";

}  // namespace assay::results
