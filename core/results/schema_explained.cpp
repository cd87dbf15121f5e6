#include "results/schema.h"

namespace assay::results {

const char* const kSchemaExplained = R"sql(
ALTER TABLE explanation ADD COLUMN names TEXT;  -- JSON list: of the features that ids name; NULL: in the note `inputs`

CREATE TABLE list_without (
  trial_key TEXT NOT NULL REFERENCES trial ON DELETE CASCADE,
  shard_id INTEGER NOT NULL REFERENCES shard ON DELETE CASCADE,
  size INTEGER NOT NULL,                 -- places kept of each list
  requests BLOB NOT NULL,                -- int32 [L], places in the request set; one stands there for each item left out
  left_out BLOB NOT NULL,                -- int32 [L], the item that its history is without
  items BLOB NOT NULL,                   -- int32 [L, size], what is served then; -1: empty
  PRIMARY KEY (trial_key, shard_id)
) STRICT;
CREATE INDEX list_without_of_shard ON list_without (shard_id);

CREATE TABLE request_profile (
  prepared_hash TEXT NOT NULL,
  request INTEGER NOT NULL,              -- place in the request set of the test window
  profile TEXT NOT NULL,                 -- JSON: times of the history, what it holds most of, the user's features
  PRIMARY KEY (prepared_hash, request)
) STRICT;
)sql";

}  // namespace assay::results
