// A strategy whose declared parts and functions are wrong in several ways at once.
#include "bad_entry.h"

namespace {

struct Params {
  int depth = 1;
};

assay::PluginEntry bad_part() {
  assay::PluginEntry entry = bad::good_entry();
  assay::ParamList<Params> list;
  list.add("depth", &Params::depth, "How deep.");
  list.input("teacher", assay::PluginKind::recall, "A teacher.");
  list.part("counts", {"dept"}, "Counts.");
  list.part("counts", {"depth"}, "Counts again.");
  list.part("pairs", {"teacher"}, "");
  entry.schema = list.schema();
  entry.validates = [](const assay::ParamMap&) { return true; };
  return entry;
}

}  // namespace

BAD_NOTE(bad::good_note())
BAD_ENTRY_FUNCTION {
  static const assay::PluginEntry entry = bad_part();
  static const assay::PluginTable table{sizeof(assay::PluginTable), sizeof(assay::PluginEntry),
                                        &entry, 1};
  return &table;
}
