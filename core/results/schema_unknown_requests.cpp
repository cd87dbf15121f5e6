#include "results/schema.h"

namespace assay::results {

const char* const kSchemaUnknownRequests = R"sql(
CREATE TABLE unknown_request (
  trial_key TEXT NOT NULL REFERENCES trial ON DELETE CASCADE,
  shard_id INTEGER NOT NULL REFERENCES shard ON DELETE CASCADE,
  place TEXT NOT NULL,                   -- recall[0], or recall[0].unknown: who answers for it
  count INTEGER NOT NULL,                -- U
  requests BLOB NOT NULL,                -- int32 [U], places in the request set, ascending
  PRIMARY KEY (trial_key, shard_id, place)
) STRICT;
CREATE INDEX unknown_request_of_shard ON unknown_request (shard_id);
)sql";

}  // namespace assay::results
