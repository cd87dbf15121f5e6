#include "results/schema.h"

namespace assay::results {

const char* const kSchemaLabels = R"sql(
CREATE TABLE user_label (
  prepared_hash TEXT NOT NULL,
  cut TEXT NOT NULL,                     -- users: activity, user.gender
  labels TEXT NOT NULL,                  -- JSON list of names
  offsets BLOB NOT NULL,                 -- int64 [U + 1]
  codes BLOB NOT NULL,                   -- int32, places in labels; a user may have none or several
  PRIMARY KEY (prepared_hash, cut)
) STRICT;

CREATE TABLE item_label (
  prepared_hash TEXT NOT NULL,
  cut TEXT NOT NULL,                     -- items: activity, item.genre
  labels TEXT NOT NULL,                  -- JSON list of names
  offsets BLOB NOT NULL,                 -- int64 [N + 1]
  codes BLOB NOT NULL,                   -- int32, places in labels; an item may have none or several
  PRIMARY KEY (prepared_hash, cut)
) STRICT;
)sql";

}  // namespace assay::results
