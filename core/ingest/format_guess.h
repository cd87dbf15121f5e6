#pragma once

/// Formats by the names of files, for commands that are given nothing but a path.

#include <string>
#include <vector>

#include "task/experiment.h"

namespace assay::ingest {

/// Every format, as source.format names it.
const std::vector<std::string>& all_formats();

/// What a file or folder is read as: by its name, what a folder holds, or the keys of reviews.
/// Throws UserError where that says nothing; it lists what the folder holds, and the formats.
std::string guess_format(const std::string& path);

/// The columns of the events of a data set of csv, tsv, jsonl or parquet, of a folder those of its
/// first file. Throws UserError where it cannot be read.
std::vector<std::string> event_columns(const task::DatasetSpec& dataset);

}  // namespace assay::ingest
