#pragma once

/// One user a line: `user item item ...`, between spaces or tabs, oldest first. A user may have
/// several lines, or no item.

#include <vector>

#include "dataset/columns.h"
#include "import/source_files.h"

namespace assay {

/// Throws UserError with file and line: empty file, empty line, no event at all.
Dataset read_user_items(const std::vector<SourceFile>& files);

}  // namespace assay
