#include "results/schema.h"

namespace assay::results {

// Before, one JSON list of all R outside ids stood in request_set: a text is written whole, and so
// is held whole.
const char* const kSchemaRequestUsers = R"sql(
CREATE TABLE request_user (
  request_set TEXT NOT NULL REFERENCES request_set ON DELETE CASCADE,
  first_request INTEGER NOT NULL,
  user_ids TEXT NOT NULL,                -- JSON list of outside ids, one a request; "" is anonymous
  PRIMARY KEY (request_set, first_request)
) STRICT;
INSERT INTO request_user SELECT request_set, 0, user_ids FROM request_set;
ALTER TABLE request_set DROP COLUMN user_ids;
)sql";

}  // namespace assay::results
