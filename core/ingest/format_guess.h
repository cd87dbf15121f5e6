#pragma once

/// The formats that there are, and that of a folder by the names of its files.

#include <string>
#include <vector>

namespace assay::ingest {

/// Every format, as source.format names it.
const std::vector<std::string>& all_formats();

/// What a folder is read as: by the names of the files in it.
/// Throws UserError where they say nothing; it lists them, and the formats.
std::string format_of_folder(const std::string& path);

}  // namespace assay::ingest
