// Built for an SDK of another major version.
#include "bad_table.h"

namespace {
consteval assay::StampNote other_sdk() {
  assay::StampNote note = bad::good_note();
  note.stamp.sdk_major = 2;
  return note;
}
}  // namespace

BAD_NOTE(other_sdk())
