// Built with another torch and another compiler.
#include "bad_table.h"

namespace {
consteval assay::StampNote other_torch() {
  assay::StampNote note = bad::good_note();
  const char torch[24] = "1.9.0";
  for (int i = 0; i < 24; ++i) note.stamp.torch[i] = torch[i];
  note.stamp.compiler_major = 8;
  return note;
}
}  // namespace

BAD_NOTE(other_torch())
