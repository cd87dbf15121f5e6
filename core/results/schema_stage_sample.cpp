#include "results/schema.h"

namespace assay::results {

const char* const kSchemaStageSample = R"sql(
CREATE TABLE stage_list (
  trial_key TEXT NOT NULL REFERENCES trial ON DELETE CASCADE,
  shard_id INTEGER NOT NULL REFERENCES shard ON DELETE CASCADE,
  stage TEXT NOT NULL,                   -- recall[0], recall, rank, rerank, ...
  size INTEGER NOT NULL,                 -- places kept of each list
  requests BLOB NOT NULL,                -- int32 [S], places in the request set, ascending
  lengths BLOB NOT NULL,                 -- int32 [S], items in the whole list
  items BLOB NOT NULL,                   -- int32 [S, size], -1: empty
  scores BLOB NOT NULL,                  -- float32 [S, size], -inf: empty
  found_offsets BLOB NOT NULL,           -- int32 [S + 1]
  found_items BLOB NOT NULL,             -- int32, relevant items of the whole list
  found_ranks BLOB NOT NULL,             -- int32, where they stand in it; 1 is the first place
  PRIMARY KEY (trial_key, shard_id, stage)
) STRICT;
CREATE INDEX stage_list_of_shard ON stage_list (shard_id);

CREATE TABLE explanation (
  trial_key TEXT NOT NULL REFERENCES trial ON DELETE CASCADE,
  shard_id INTEGER NOT NULL REFERENCES shard ON DELETE CASCADE,
  place TEXT NOT NULL,                   -- of the strategy that explains: recall[0]
  size INTEGER NOT NULL,                 -- so many served items of each request are explained
  requests BLOB NOT NULL,                -- int32 [S], places in the request set, ascending
  rests BLOB NOT NULL,                   -- float32 [S, size], base and terms not kept; NaN: no word on that item
  slots BLOB NOT NULL,                   -- int32 [T], place in the flattened [S, size]
  kinds BLOB NOT NULL,                   -- int32 [T], 0 history, 1 feature, 2 candidate
  ids BLOB NOT NULL,                     -- int32 [T], item, or place of the feature in the note `inputs`
  weights BLOB NOT NULL,                 -- float32 [T]
  reason TEXT,                           -- why there are none
  PRIMARY KEY (trial_key, shard_id, place)
) STRICT;
CREATE INDEX explanation_of_shard ON explanation (shard_id);
)sql";

}  // namespace assay::results
