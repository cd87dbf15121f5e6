#pragma once

#include <string>

#include "host/library.h"

namespace assay::worker {

/// A plugin library of this process. Libraries are never unloaded, so each is opened once.
/// Throws as Library::open.
const host::Library& open_library(const std::string& path, const std::string& sha256);

}  // namespace assay::worker
