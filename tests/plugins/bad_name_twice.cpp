// Two strategies of one kind and name.
#include "bad_entry.h"

BAD_NOTE(bad::good_note())
BAD_ENTRY_FUNCTION {
  static const assay::PluginTable table{sizeof(assay::PluginTable),
                                        {bad::good_entry(), bad::good_entry()}};
  return &table;
}
