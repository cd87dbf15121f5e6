#include "results/schema.h"

namespace assay::results {

const char* const kSchemaDataDescription = R"sql(
CREATE TABLE data_description (
  run_id INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
  dataset TEXT NOT NULL,
  description TEXT NOT NULL,             -- JSON
  PRIMARY KEY (run_id, dataset)
) STRICT;
)sql";

}  // namespace assay::results
