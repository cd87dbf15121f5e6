// A strategy whose declaration is wrong in several ways at once.
#include "bad_entry.h"

namespace {

struct Params {
  int k = 0;
  std::string mode = "fast";
};

assay::PluginEntry bad_declaration() {
  assay::PluginEntry entry = bad::good_entry();
  entry.name = "My Idea";
  entry.doc = "";
  assay::ParamList<Params> list;
  list.add("k", &Params::k, "How many.").range(1, 10);
  list.add("k", &Params::k, "").choices({"1", "2"});
  list.add("mode", &Params::mode, "Which way.").range(0, 1);
  list.less("k", "kk");
  entry.schema = list.schema();
  return entry;
}

}  // namespace

BAD_NOTE(bad::good_note())
BAD_ENTRY_FUNCTION { return bad::table_of({bad_declaration()}); }
