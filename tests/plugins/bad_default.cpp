// A default that its own range refuses.
#include "bad_entry.h"

namespace {

struct Params {
  int neighbours = 0;
};

assay::PluginEntry bad_default() {
  assay::PluginEntry entry = bad::good_entry();
  assay::ParamList<Params> list;
  list.add("neighbours", &Params::neighbours, "How many.").range(1, 10);
  entry.schema = list.schema();
  return entry;
}

}  // namespace

BAD_NOTE(bad::good_note())
BAD_ENTRY_FUNCTION { return bad::table_of({bad_default()}); }
