#include "results/schema.h"

namespace assay::results {

const char* const kSchemaRunProcess = R"sql(
-- The process that makes the run, by which a killed run is told apart from a running one; NULL: not known.
ALTER TABLE run ADD COLUMN pid INTEGER;
ALTER TABLE run ADD COLUMN boot_id TEXT;           -- of the kernel that it runs on
ALTER TABLE run ADD COLUMN pid_namespace INTEGER;  -- within which pid is its number
ALTER TABLE run ADD COLUMN process_start INTEGER;  -- clock ticks after boot, as in /proc/PID/stat
)sql";

}  // namespace assay::results
