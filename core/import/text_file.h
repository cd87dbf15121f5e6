#pragma once

/// Text files, packed or not.

#include <string>

#include "dataset/mapped_file.h"

namespace assay {

/// The text of a file. One packed with gzip or zstd (known by its first bytes, whatever its name)
/// is unpacked into an unnamed temporary file, so that memory does not grow with it.
/// Throws UserError: missing, damaged or cut off, or named .gz or .zst without being one.
MappedFile open_text(const std::string& path);

/// The name without .gz or .zst: "log.csv.gz" is a log.csv.
std::string unpacked_name(const std::string& path);

}  // namespace assay
