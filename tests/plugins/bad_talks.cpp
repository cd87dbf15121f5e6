// A good plugin that writes to stdout while it is loaded, in words that look like a verdict.
#include <cstdio>

#include "bad_entry.h"

namespace {
struct Talks {
  Talks() {
    std::puts("[{\"code\": \"ok\"}]");
    std::fflush(stdout);
  }
} const talks;
}  // namespace

BAD_NOTE(bad::good_note())
BAD_ENTRY_FUNCTION { return bad::table_of({bad::good_entry()}); }
