// Built for SDK 1, whose stamp ended before the build type.
#include <cstddef>

#include "bad_table.h"

namespace {
consteval assay::StampNote other_sdk() {
  assay::StampNote note = bad::good_note();
  note.stamp.sdk_major = 1;
  note.stamp.size = offsetof(assay::Stamp, build_type);
  return note;
}
}  // namespace

BAD_NOTE(other_sdk())
