// Needs a function that nobody has.
#include "bad_table.h"

void function_that_nobody_has();

BAD_NOTE(bad::good_note())
BAD_ENTRY_FUNCTION {
  function_that_nobody_has();
  return nullptr;
}
