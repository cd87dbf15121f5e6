// A static constructor aborts.
#include <cstdio>
#include <cstdlib>

#include "bad_table.h"

namespace {
struct Aborts {
  Aborts() {
    std::fputs("cannot go on without a GPU\n", stderr);
    std::abort();
  }
} const aborts;
}  // namespace

BAD_NOTE(bad::good_note())
BAD_ENTRY_FUNCTION { return nullptr; }
