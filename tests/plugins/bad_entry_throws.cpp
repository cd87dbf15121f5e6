// Its entry function throws.
#include <stdexcept>

#include "bad_table.h"

BAD_NOTE(bad::good_note())
BAD_ENTRY_FUNCTION { throw std::runtime_error("no licence found"); }
