#pragma once

#include <string>

#include "config/node.h"
#include "config/problems.h"

namespace assay::config {

/// Reads a file and what it includes into one map: included files in their order, the file itself
/// on top. `include` is gone from the result. Problems: a file that cannot be read or is empty, a
/// list where a map must be, a circle, more than 100 files. The tree is of use only where there is
/// no problem.
Node read_with_includes(const std::string& path, Sources& sources, Problems& problems);

}  // namespace assay::config
