#include "results/schema.h"

namespace assay::results {

const char* const kSchemaDisturbance = R"sql(
-- What else the machine did while the round was timed; NULL: not measured.
ALTER TABLE latency ADD COLUMN others_cpu_share REAL;  -- of the time of all cores
ALTER TABLE latency ADD COLUMN cpu_wait_share REAL;    -- of the time: some task waited for a core
ALTER TABLE latency ADD COLUMN steal_share REAL;       -- of the time of all cores
ALTER TABLE latency ADD COLUMN involuntary_switches_per_s REAL;
)sql";

}  // namespace assay::results
