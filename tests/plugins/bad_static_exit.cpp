// A static constructor ends the process, as if all were well.
#include <cstdlib>

#include "bad_table.h"

namespace {
struct Exits {
  Exits() { std::exit(0); }
} const exits;
}  // namespace

BAD_NOTE(bad::good_note())
BAD_ENTRY_FUNCTION { return nullptr; }
