// The note is right, but there is no entry function.
#include "bad_table.h"

BAD_NOTE(bad::good_note())
