// Needs a minor version of the SDK that this assay does not have yet.
#include "bad_table.h"

namespace {
consteval assay::StampNote newer_sdk() {
  assay::StampNote note = bad::good_note();
  note.stamp.sdk_minor = 99;
  return note;
}
}  // namespace

BAD_NOTE(newer_sdk())
