// Two strategies of one kind and name.
#include "bad_entry.h"

BAD_NOTE(bad::good_note())
BAD_ENTRY_FUNCTION { return bad::table_of({bad::good_entry(), bad::good_entry()}); }
