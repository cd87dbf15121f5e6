// The note is there, but the stamp in it is not one.
#include "bad_table.h"

namespace {
consteval assay::StampNote damaged() {
  assay::StampNote note = bad::good_note();
  note.stamp.magic[0] = 'B';
  return note;
}
}  // namespace

BAD_NOTE(damaged())
