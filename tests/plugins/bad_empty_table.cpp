// No strategy in it.
#include "bad_table.h"

BAD_NOTE(bad::good_note())
BAD_ENTRY_FUNCTION {
  static const assay::PluginTable table;
  return &table;
}
