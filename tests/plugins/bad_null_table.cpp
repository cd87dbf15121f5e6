// Its entry function returns nothing.
#include "bad_table.h"

BAD_NOTE(bad::good_note())
BAD_ENTRY_FUNCTION { return nullptr; }
