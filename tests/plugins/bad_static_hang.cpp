// A static constructor never returns.
#include <unistd.h>

#include "bad_table.h"

namespace {
struct Hangs {
  Hangs() {
    for (;;) ::pause();
  }
} const hangs;
}  // namespace

BAD_NOTE(bad::good_note())
BAD_ENTRY_FUNCTION { return nullptr; }
