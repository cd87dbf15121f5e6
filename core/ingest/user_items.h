#pragma once

/// One user a line: `user item item ...`, between spaces or tabs, oldest first.
///
/// In `user_items` a user may have several lines, or no item. In `sequences` a line is all that a
/// user did, in its order: a second line would leave the order open and is refused.

#include <vector>

#include "ingest/event_builder.h"
#include "ingest/source_files.h"

namespace assay::ingest {

/// Throws UserError with file and line: empty file, empty line; of sequences also a user without
/// items or in two lines of a file.
void read_user_items(const std::vector<SourceFile>& files, bool sequences, EventBuilder& events);

}  // namespace assay::ingest
